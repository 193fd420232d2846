import { createHash } from 'node:crypto';
import { timestamp } from '../api/timestamp.ts';
import type { Condition, ContainerState, ContainerStatus, Pod, PodStatus } from '../objects.ts';

/** What a kubelet knows of a pod. */
export type PodFacts = {
  readonly hostIP: string;
  /** Null until the sandbox is up. */
  readonly podIP: string | null;
  readonly startTime: string;
  readonly state: ContainerState;
  readonly lastState: ContainerState | null;
  readonly containerId: string | null;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly ended: 'Succeeded' | 'Failed' | null;
};

/** The status a kubelet reports. A condition's transition time moves only with its status. */
export function podStatus(pod: Pod, facts: PodFacts, nowMs: number): PodStatus {
  const { hostIP, podIP, ended } = facts;
  const running = 'running' in facts.state || facts.restartCount > 0 || 'terminated' in facts.state;
  return {
    observedGeneration: pod.metadata.generation ?? 1,
    phase: ended ?? (running ? 'Running' : 'Pending'),
    conditions: conditionsOf(pod, facts, timestamp(nowMs)),
    hostIP,
    hostIPs: [{ ip: hostIP }],
    ...(podIP === null ? {} : { podIP, podIPs: [{ ip: podIP }] }),
    startTime: facts.startTime,
    containerStatuses: pod.spec.containers.map(({ name, image }) =>
      containerStatus(name, image, facts),
    ),
    qosClass: 'BestEffort',
  };
}

function conditionsOf(pod: Pod, facts: PodFacts, now: string): readonly Condition[] {
  const { ended, ready } = facts;
  const observedGeneration = pod.metadata.generation ?? 1;
  const condition = (
    type: string,
    holds: boolean,
    why: { readonly reason?: string; readonly message?: string } = {},
  ): Condition => {
    const status = holds ? 'True' : 'False';
    const known = pod.status.conditions?.find((other) => other.type === type);
    return {
      type,
      observedGeneration,
      status,
      lastProbeTime: null,
      lastTransitionTime: known?.status === status ? known.lastTransitionTime : now,
      ...why,
    };
  };
  const completed = ended === 'Succeeded' ? { reason: 'PodCompleted' } : {};
  const unready = unreadyReason(pod, facts);
  return [
    condition('PodReadyToStartContainers', facts.podIP !== null && ended === null),
    condition('Initialized', true, completed),
    condition('Ready', ready, ready ? {} : unready),
    condition('ContainersReady', ready, ready ? {} : unready),
    condition('PodScheduled', true),
  ];
}

function unreadyReason(pod: Pod, { ended }: PodFacts) {
  switch (ended) {
    case 'Succeeded':
      return { reason: 'PodCompleted' };
    case 'Failed':
      return { reason: 'PodFailed' };
    case null: {
      const names = pod.spec.containers.map(({ name }) => name).join(' ');
      return {
        reason: 'ContainersNotReady',
        message: `containers with unready status: [${names}]`,
      };
    }
  }
}

function containerStatus(name: string, image: string, facts: PodFacts): ContainerStatus {
  const running = 'running' in facts.state;
  return {
    name,
    state: facts.state,
    lastState: facts.lastState ?? {},
    ready: facts.ready,
    restartCount: facts.restartCount,
    image,
    imageID: facts.containerId === null ? '' : imageId(image),
    ...(facts.containerId === null ? {} : { containerID: facts.containerId }),
    started: running,
  };
}

function imageId(image: string): string {
  return `sha256:${createHash('sha256').update(image).digest('hex')}`;
}
