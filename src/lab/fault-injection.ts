import { processTree, signalProcess } from '../platform/process-tree.ts';
import { after } from '../platform/timers.ts';
import type { Store } from './api/store.ts';
import type { FaultName } from './faults.ts';
import type { Deployment, Pod } from './objects.ts';
import { OLD_IMAGE } from './workload.ts';

/** Something the lab did on purpose, for a log or a test: `the VM is cut off`. */
export type FaultReport = { readonly fault: FaultName; readonly what: string };

/** What a fault changes in the new replicas only, through their environment. */
export function podEnvironment(
  fault: FaultName | null,
  brokenKey: string,
): (pod: Pod) => Readonly<Record<string, string>> {
  return (pod) => {
    if (pod.spec.containers[0]?.image === OLD_IMAGE) return {};
    if (fault === 'token-break') return { TOKEN_KEY: brokenKey };
    if (fault === 'stuck-rollout') return { NEVER_READY: '1' };
    return {};
  };
}

/** Calls `then` when the controller has taken up a template other than the first: the rollout has begun. */
export function onRollout(store: Store, then: () => void): () => void {
  let first: number | null = null;
  const stop = store.subscribe(({ resource, object }) => {
    if (resource !== 'deployments') return;
    const { namespace, name } = object.metadata;
    const deployment: Deployment | null = store.find('deployments', namespace, name);
    const observed = deployment?.status.observedGeneration;
    if (observed === undefined) return;
    first ??= observed;
    if (observed === first) return;
    stop();
    then();
  });
  return stop;
}

export type FaultTargets = {
  readonly blackhole: (on: boolean) => Promise<void>;
  /** Pids of verifiers, each with all its children. */
  readonly verifiers: () => readonly number[];
  readonly report: (report: FaultReport) => void;
};

const BEGIN_MS = 1500;
const BLACKHOLE_MS = 700;
const STALL_MS = 2000;

/** Starts the faults that happen at a moment, once a rollout has begun. The returned function undoes what is in force. */
export function strikeDuringRollout(
  store: Store,
  fault: FaultName,
  targets: FaultTargets,
): () => Promise<void> {
  let undo: (() => Promise<void>) | null = null;
  const cancels: (() => void)[] = [];
  const span = (forMs: number, begin: () => Promise<void>, end: () => Promise<void>) => {
    const start = after(BEGIN_MS, () => {
      undo = end;
      void begin();
      const finish = after(forMs, () => {
        undo = null;
        void end();
      });
      cancels.push(finish);
    });
    cancels.push(start);
  };
  const report = (what: string) => {
    targets.report({ fault, what });
  };
  cancels.push(
    onRollout(store, () => {
      switch (fault) {
        case 'vm-blackhole':
          span(
            BLACKHOLE_MS,
            async () => {
              await targets.blackhole(true);
              report('the VM is cut off');
            },
            async () => {
              await targets.blackhole(false);
              report('the VM is back');
            },
          );
          return;
        case 'stalled-verifier': {
          let stopped: readonly number[] = [];
          span(
            STALL_MS,
            () => {
              stopped = targets.verifiers().flatMap(processTree);
              for (const pid of stopped) signalProcess(pid, 'SIGSTOP');
              report('the verifier is stopped');
              return Promise.resolve();
            },
            () => {
              for (const pid of stopped) signalProcess(pid, 'SIGCONT');
              report('the verifier goes on');
              return Promise.resolve();
            },
          );
          return;
        }
        case 'no-drain':
        case 'slow-start':
        case 'token-break':
        case 'stuck-rollout':
          // In the Deployment or in the new replicas from their start.
          report('the rollout has begun');
          return;
      }
    }),
  );
  return async () => {
    for (const cancel of cancels) cancel();
    await undo?.();
  };
}
