import { execa } from 'execa';
import { quantile } from '../shared/quantiles.ts';

export type FpingOptions = {
  readonly hosts: readonly string[];
  /** Between two pings of one host. */
  readonly periodMs: number;
  readonly seconds: number;
  /** Runs at the priority of our measuring threads instead of at the ordinary one. */
  readonly raised: boolean;
};

export type FpingRun = {
  readonly rttUs: { readonly p50: number; readonly p99: number };
  /** User and system time of the whole process, start and end included, per ping, µs. */
  readonly cpuUs: number;
  readonly lost: number;
  readonly pings: number;
  readonly rate: number;
};

/** fping gives no sequence number twice within ten seconds, and ends when it has none left. */
const MOST_PINGS = 65_000;

/** What src/platform/priority.ts gives a measuring thread. */
const RAISED = '-14';

/**
 * Runs fping over the same hosts with the pings spread over the period, as our engines spread theirs. It keeps its figures to the end (-C -q), so
 * that it prints nothing while it measures: its cheapest way of giving each RTT. They are in whole µs.
 */
export async function runFping(options: FpingOptions): Promise<FpingRun> {
  const { hosts, periodMs, seconds, raised } = options;
  const wanted = Math.round((seconds * 1000) / periodMs);
  const count = Math.min(wanted, Math.floor(MOST_PINGS / hosts.length));
  const command = `fping -q -C ${String(count)} -p ${String(periodMs)} -i ${String(periodMs / hosts.length)} -t 1000`;
  const nice = raised ? `nice -n ${RAISED} ` : '';
  const began = performance.now();
  const { stderr } = await execa('bash', ['-c', `TIMEFORMAT='cpu %U %S'; time ${nice}${command}`], {
    input: hosts.join('\n'),
    reject: false,
  });
  const elapsed = (performance.now() - began) / 1000;
  const rtts: number[] = [];
  let lost = 0;
  let cpu = Number.NaN;
  for (const line of stderr.split('\n')) {
    const [, user, system] = /^cpu (\S+) (\S+)/.exec(line) ?? [];
    if (user !== undefined && system !== undefined) cpu = Number(user) + Number(system);
    const [, values] = /^\S+ +: (.+)$/.exec(line) ?? [];
    for (const value of values?.split(' ') ?? []) {
      if (value === '-') lost++;
      else rtts.push(Number(value) * 1000);
    }
  }
  const pings = rtts.length + lost;
  if (pings !== count * hosts.length) throw new Error(`fping: ${stderr.slice(0, 500)}`);
  return {
    rttUs: { p50: quantile(rtts, 0.5), p99: quantile(rtts, 0.99) },
    cpuUs: (cpu * 1e6) / pings,
    lost,
    pings,
    rate: pings / elapsed,
  };
}
