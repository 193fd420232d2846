import type { ProbeWorker } from '../../src/contracts/probe.ts';
import { CodedError } from '../../src/errors/coded-error.ts';
import { loadLibc } from '../../src/platform/libc.ts';
import { moduleUrl } from '../../src/platform/module-url.ts';
import { parseAddress } from './address.ts';
import type { IcmpConfig, IcmpEngine } from './config.ts';
import { expandHosts } from './hosts.ts';
import { checkKernel } from './kernel/permission.ts';
import { checkNetPing } from './net-ping/permission.ts';
import { resolveHosts } from './resolve-hosts.ts';

/** One way of pinging. */
export type Engine = {
  readonly name: IcmpEngine;
  readonly worker: ProbeWorker;
  /** What stands between this machine and pinging these hosts. */
  readonly preflight: (config: IcmpConfig) => Promise<readonly CodedError[]>;
};

const kernel: Engine = {
  name: 'kernel',
  worker: { module: moduleUrl('./kernel/measure.ts', import.meta.url), isolation: 'thread' },
  preflight: (config) => preflight(config, checkKernel),
};

/** Its native part works in the main thread of a process only. */
const netPing: Engine = {
  name: 'net-ping',
  worker: { module: moduleUrl('./net-ping/measure.ts', import.meta.url), isolation: 'process' },
  preflight: (config) => preflight(config, checkNetPing),
};

/** The one the scenario names; else the kernel's where system calls can be made, net-ping elsewhere. */
export async function chooseEngine({ engine }: Pick<IcmpConfig, 'engine'>): Promise<Engine> {
  if (engine !== undefined) return engine === 'kernel' ? kernel : netPing;
  return loadLibc().then(
    () => kernel,
    () => netPing,
  );
}

async function preflight(
  config: IcmpConfig,
  check: (family: 4 | 6, config: IcmpConfig) => Promise<CodedError | null>,
): Promise<readonly CodedError[]> {
  const { source } = config;
  const resolved = await resolveHosts(expandHosts(config.hosts), { source });
  const likely = (source === undefined ? null : parseAddress(source))?.family ?? 4;
  const families = new Set(
    resolved.map((host) => (host instanceof CodedError ? likely : host.address.family)),
  );
  const permissions = await Promise.all([...families].map((family) => check(family, config)));
  return [...permissions, ...resolved].filter((problem) => problem instanceof CodedError);
}
