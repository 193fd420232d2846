import { z } from 'zod';

const state = z
  .object({
    waiting: z.object({ reason: z.string().nullish(), message: z.string().nullish() }).nullish(),
    terminated: z
      .object({ reason: z.string().nullish(), exitCode: z.number().nullish() })
      .nullish(),
  })
  .nullish();
const containerStatus = z.object({
  name: z.string(),
  ready: z.boolean().nullish(),
  state,
  lastState: state,
});
const podObject = z.object({
  metadata: z.object({
    name: z.string(),
    creationTimestamp: z.string().nullish(),
    deletionTimestamp: z.string().nullish(),
    labels: z.record(z.string(), z.string()).nullish(),
  }),
  status: z
    .object({
      phase: z.string().nullish(),
      conditions: z
        .array(
          z.object({
            type: z.string(),
            status: z.string(),
            reason: z.string().nullish(),
            message: z.string().nullish(),
          }),
        )
        .nullish(),
      initContainerStatuses: z.array(containerStatus).nullish(),
      containerStatuses: z.array(containerStatus).nullish(),
    })
    .nullish(),
});
type Pod = z.infer<typeof podObject>;
type ContainerStatus = z.infer<typeof containerStatus>;

const eventObject = z.object({
  reason: z.string().nullish(),
  message: z.string().nullish(),
  lastTimestamp: z.string().nullish(),
  eventTime: z.string().nullish(),
  involvedObject: z.object({ kind: z.string().nullish(), name: z.string().nullish() }),
});

/** What a container may wait for in the ordinary course of a start. */
const STARTING = ['ContainerCreating', 'PodInitializing'];

/**
 * Why a rollout does not move: the pods of its newest template that are not ready, each with its reason.
 *
 *     pods, events → ["keystone-api-7bdc4b879f-pwg5g: container keystone-api CrashLoopBackOff, exit code 1"]
 */
export function stuckPods(pods: readonly unknown[], events: readonly unknown[]): readonly string[] {
  const known = pods.flatMap((pod) => podObject.safeParse(pod).data ?? []);
  const alive = known
    .filter(({ metadata }) => metadata.deletionTimestamp == null)
    .sort((a, b) => bornAt(b).localeCompare(bornAt(a)));
  const newest = alive[0] === undefined ? undefined : templateOf(alive[0]);
  return alive
    .filter((pod) => templateOf(pod) === newest && !isReady(pod))
    .map((pod) => `${pod.metadata.name}: ${reasonOf(pod, events)}`);
}

function bornAt({ metadata }: Pod): string {
  return metadata.creationTimestamp ?? '';
}

function templateOf({ metadata }: Pod): string | undefined {
  return metadata.labels?.['pod-template-hash'];
}

function conditionOf({ status }: Pod, type: string) {
  return status?.conditions?.find((condition) => condition.type === type);
}

function isReady(pod: Pod): boolean {
  return conditionOf(pod, 'Ready')?.status === 'True';
}

function reasonOf(pod: Pod, events: readonly unknown[]): string {
  const scheduled = conditionOf(pod, 'PodScheduled');
  if (scheduled?.status === 'False') {
    return join('pending', scheduled.reason, scheduled.message);
  }
  const statuses = [
    ...(pod.status?.initContainerStatuses ?? []),
    ...(pod.status?.containerStatuses ?? []),
  ];
  for (const status of statuses) {
    const trouble = troubleOf(status);
    if (trouble !== null) return `container ${status.name} ${trouble}`;
  }
  const last = lastEvent(pod.metadata.name, events);
  if (last !== null) return last;
  const starting = statuses.find(({ state: now }) => now?.waiting != null);
  if (starting !== undefined) return `container ${starting.name} is being created`;
  return pod.status?.phase === 'Running' ? 'running, not ready' : 'not started';
}

/** `CrashLoopBackOff, exit code 1`, `ImagePullBackOff: Back-off pulling ...`; null when it starts or runs as it should. */
function troubleOf({ state: now, lastState }: ContainerStatus): string | null {
  const ended = now?.terminated ?? lastState?.terminated;
  const code = ended?.exitCode ?? 0;
  const exit = code === 0 ? null : `exit code ${String(code)}`;
  const waiting = now?.waiting;
  if (waiting?.reason != null && !STARTING.includes(waiting.reason)) {
    return exit === null
      ? [waiting.reason, waiting.message].filter((part) => part != null && part !== '').join(': ')
      : `${waiting.reason}, ${exit}`;
  }
  return now?.terminated != null && exit !== null
    ? `${now.terminated.reason ?? 'ended'}, ${exit}`
    : null;
}

/** The newest event that tells of trouble: a readiness probe that fails, a volume that cannot be mounted. */
function lastEvent(pod: string, events: readonly unknown[]): string | null {
  const TELLING = [
    'Unhealthy',
    'FailedScheduling',
    'FailedMount',
    'FailedCreatePodSandBox',
    'Failed',
  ];
  const told = events
    .flatMap((event) => eventObject.safeParse(event).data ?? [])
    .filter(({ involvedObject, reason }) => {
      const isPods = involvedObject.kind === 'Pod' && involvedObject.name === pod;
      return isPods && TELLING.includes(reason ?? '');
    })
    .sort((a, b) => seenAt(a).localeCompare(seenAt(b)))
    .at(-1);
  return told === undefined ? null : join('not ready', told.reason, told.message);
}

function seenAt(event: z.infer<typeof eventObject>): string {
  return event.lastTimestamp ?? event.eventTime ?? '';
}

function join(what: string, reason: string | null | undefined, message: string | null | undefined) {
  const parts = [reason, message].filter((part) => part != null && part !== '');
  return parts.length === 0 ? what : `${what}, ${parts.join(': ')}`;
}
