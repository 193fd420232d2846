import { EXIT } from '../errors/exit-codes.ts';

export type FaultName =
  | 'no-drain'
  | 'slow-start'
  | 'vm-blackhole'
  | 'token-break'
  | 'stuck-rollout'
  | 'stalled-verifier';

export type Fault = {
  readonly name: FaultName;
  readonly summary: string;
  readonly needsRoot: boolean;
  /** Of a `rollproof run` that meets it. */
  readonly expectedExitCode: number;
};

/** What the lab can do wrong in the middle of a rollout, to show what a bad upgrade looks like. */
export const FAULTS: readonly Fault[] = [
  {
    name: 'no-drain',
    summary: 'replicas die while they are still in the Service',
    needsRoot: false,
    expectedExitCode: EXIT.fail,
  },
  {
    name: 'slow-start',
    summary: 'new replicas are Ready before they serve',
    needsRoot: false,
    expectedExitCode: EXIT.fail,
  },
  {
    name: 'vm-blackhole',
    summary: 'the VM is unreachable for 0.7 s in mid-rollout',
    needsRoot: true,
    expectedExitCode: EXIT.fail,
  },
  {
    name: 'token-break',
    summary: 'new replicas do not accept tokens that old ones issued',
    needsRoot: false,
    expectedExitCode: EXIT.fail,
  },
  {
    name: 'stuck-rollout',
    summary: 'new replicas never get ready',
    needsRoot: false,
    expectedExitCode: EXIT.step,
  },
  {
    name: 'stalled-verifier',
    summary: 'the verifier itself is stopped for 2 s',
    needsRoot: false,
    expectedExitCode: EXIT.inconclusive,
  },
];
