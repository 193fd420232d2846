import type { Deployment } from './deployment.ts';

export type RolloutStatus = {
  readonly state: 'progressing' | 'done' | 'failed';
  /** Updated and available, of those desired: 0 to 1. */
  readonly fraction: number;
  readonly line: string;
};

/**
 * How far a rollout is, decided as `kubectl rollout status` decides it (DeploymentStatusViewer.Status in
 * k8s.io/kubectl/pkg/polymorphichelpers/rollout_status.go), in its order. `generation` is the one the change was given: an answer
 * that shows an older one, or one that the controller has not observed, says nothing of this rollout.
 */
export function rolloutStatus(deployment: Deployment, generation: number): RolloutStatus {
  const { metadata, spec } = deployment;
  const status = deployment.status ?? {};
  const desired = spec.replicas ?? 1;
  const replicas = status.replicas ?? 0;
  const updated = status.updatedReplicas ?? 0;
  const available = status.availableReplicas ?? 0;
  const observed = status.observedGeneration ?? 0;
  const progressing = (fraction: number, line: string): RolloutStatus => ({
    state: 'progressing',
    fraction,
    line,
  });

  if (observed < Math.max(metadata.generation, generation)) {
    return progressing(0, 'the Deployment controller has not seen the change yet');
  }
  const fraction = desired === 0 ? 1 : fractionOf({ replicas, updated, available, desired });
  const deadline = status.conditions?.find(
    ({ type, reason }) => type === 'Progressing' && reason === 'ProgressDeadlineExceeded',
  );
  if (deadline !== undefined) {
    return { state: 'failed', fraction, line: 'the rollout exceeded its progress deadline' };
  }
  if (updated < desired) {
    return progressing(fraction, `${count(updated)} of ${count(desired)} new replicas updated`);
  }
  if (replicas > updated) {
    const old = replicas - updated;
    return progressing(fraction, `${count(old)} old ${old === 1 ? 'replica' : 'replicas'} left`);
  }
  if (available < updated) {
    return progressing(fraction, `${count(available)} of ${count(updated)} new replicas available`);
  }
  return { state: 'done', fraction: 1, line: `${count(updated)} replicas updated and available` };
}

/**
 * The status does not tell new available replicas from old: while `old` of them still stand, at least available − old are new.
 */
function fractionOf(status: {
  readonly replicas: number;
  readonly updated: number;
  readonly available: number;
  readonly desired: number;
}): number {
  const old = Math.max(0, status.replicas - status.updated);
  const fresh = Math.min(status.updated, Math.max(0, status.available - old));
  return Math.min(1, fresh / status.desired);
}

function count(replicas: number): string {
  return String(replicas);
}
