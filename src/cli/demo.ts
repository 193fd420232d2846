import { fileURLToPath } from 'node:url';
import type { ProbeKind } from '../contracts/probe.ts';
import { CodedError } from '../errors/coded-error.ts';
import { EXIT } from '../errors/exit-codes.ts';
import { FAULTS, type Fault } from '../lab/faults.ts';
import { startLab } from '../lab/lab.ts';
import { startChild } from '../platform/child.ts';
import { silentLogger } from '../platform/log.ts';
import { canMakeNamespaces } from '../platform/privileges.ts';
import type { CliDependencies } from './dependencies.ts';

export type DemoArguments = {
  readonly fault: string | null;
  readonly list: boolean;
  readonly out: string;
};

/**
 * `rollproof demo`: brings up the lab in this process and starts `rollproof run scenarios/demo.yaml` against it as a
 * child (docs/decisions/003). The exit code is the child's.
 */
export async function demo(args: DemoArguments, dependencies: CliDependencies): Promise<number> {
  const { terminal, env } = dependencies;
  if (args.list) {
    terminal.out(faultList());
    return EXIT.pass;
  }
  const fault = args.fault === null ? null : faultNamed(args.fault);
  const namespaces = await canMakeNamespaces();
  if (fault?.needsRoot === true && !namespaces) {
    throw new CodedError(
      'usage',
      `--break ${fault.name} needs root: it cuts a network namespace off`,
      'run the demo with sudo, or choose another fault (rollproof demo --list)',
    );
  }
  const pingProblem = await icmpProblem(dependencies.probes, env);
  if (pingProblem !== null) {
    terminal.err(`the VM is not pinged: ${pingProblem.message}\n${pingProblem.hint ?? ''}\n\n`);
  }
  const vm = pingProblem !== null ? 'none' : namespaces ? 'namespace' : 'loopback';
  terminal.err('starting the lab: three Keystone replicas, a Service and a workload VM\n');
  const lab = await startLab({ fault: fault?.name ?? null, env, log: silentLogger, vm });
  try {
    const scenario = fileURLToPath(new URL('demo.yaml', dependencies.scenarios));
    const left = vm === 'none' ? ['--set', 'probes.vm=null'] : [];
    const argv = [...dependencies.self, 'run', scenario, '--out', args.out, ...left];
    const child = startChild(argv, { ...env, ...lab.env });
    lab.watchVerifier(child.pid);
    const listening = dependencies.onTermination((signal) => {
      child.signal(signal);
    });
    const exitCode = await child.exited;
    listening();
    if (pingProblem !== null) {
      terminal.err(`\nThe VM was not pinged in this run: ${pingProblem.message}\n`);
    }
    return exitCode;
  } finally {
    await lab.stop();
  }
}

function faultNamed(name: string): Fault {
  const fault = FAULTS.find((known) => known.name === name);
  if (fault !== undefined) return fault;
  const names = FAULTS.map((known) => known.name).join(', ');
  throw new CodedError('usage', `there is no fault "${name}"`, `one of ${names}`);
}

function faultList(): string {
  const width = Math.max(...FAULTS.map(({ name }) => name.length));
  const lines = FAULTS.map(({ name, summary, needsRoot, expectedExitCode }) => {
    const root = needsRoot ? '; needs root' : '';
    return `${name.padEnd(width)}  ${summary} (exit ${String(expectedExitCode)}${root})\n`;
  });
  return lines.join('');
}

/** Whether the icmp probe could measure here: asked of the probe itself. */
async function icmpProblem(
  probes: readonly ProbeKind[],
  env: CliDependencies['env'],
): Promise<CodedError | null> {
  const icmp = probes.find(({ kind }) => kind === 'icmp');
  if (icmp === undefined) return null;
  const config = icmp.config.parse({ hosts: ['127.0.0.1'] });
  const [problem] = await icmp.preflight(config, { env });
  return problem ?? null;
}
