import { z } from 'zod';
import { type Owner, ownerOf } from './owner.ts';

/** What rollproof knows of a pod, from one version of its object. Times are the server's, ISO 8601, whole seconds. */
export type PodFacts = {
  readonly uid: string;
  readonly name: string;
  /** metadata.resourceVersion */
  readonly version: string;
  readonly createdAt: string | null;
  readonly phase: string;
  /** Condition Ready. A pod that is being deleted stays Ready until its container has stopped. */
  readonly ready: boolean;
  readonly readyChangedAt: string | null;
  readonly scheduled: boolean;
  readonly scheduledAt: string | null;
  /** When the last of its running containers started. */
  readonly startedAt: string | null;
  /** When the last of its terminated containers finished. */
  readonly finishedAt: string | null;
  readonly restarts: number;
  readonly node: string | null;
  readonly image: string | null;
  /** Why a container waits or has ended: `CrashLoopBackOff`, `ImagePullBackOff`, `Error`, ... */
  readonly reason: string | null;
  readonly deletion: Deletion | null;
  readonly owner: Owner;
  /** restartPolicy is not Always: it is meant to end, like a Job's. */
  readonly endsByItself: boolean;
};

export type Deletion = {
  /** When it was asked for: deletionTimestamp is when the grace period ends. */
  readonly requestedAt: string;
  /** Set once the kubelet has let go of it (grace period 0): when it was. */
  readonly releasedAt: string | null;
};

const time = z.string().nullish();
const running = z.object({ startedAt: time }).nullish();
const waiting = z.object({ reason: z.string().nullish() }).nullish();
const terminated = z
  .object({ reason: z.string().nullish(), startedAt: time, finishedAt: time })
  .nullish();
const containerStatus = z.object({
  restartCount: z.number().default(0),
  state: z.object({ running, waiting, terminated }).nullish(),
});
const podObject = z.object({
  metadata: z.object({
    name: z.string(),
    uid: z.string(),
    resourceVersion: z.string(),
    creationTimestamp: time,
    deletionTimestamp: time,
    deletionGracePeriodSeconds: z.number().nullish(),
    labels: z.record(z.string(), z.string()).nullish(),
    ownerReferences: z
      .array(z.object({ kind: z.string(), name: z.string(), controller: z.boolean().nullish() }))
      .nullish(),
  }),
  spec: z.object({
    nodeName: z.string().nullish(),
    restartPolicy: z.string().nullish(),
    containers: z.array(z.object({ image: z.string().nullish() })),
  }),
  status: z
    .object({
      phase: z.string().nullish(),
      conditions: z
        .array(z.object({ type: z.string(), status: z.string(), lastTransitionTime: time }))
        .nullish(),
      containerStatuses: z.array(containerStatus).nullish(),
    })
    .nullish(),
});
type PodObject = z.infer<typeof podObject>;
type ContainerStatus = z.infer<typeof containerStatus>;

/** A pod's object as the API gives it → its facts; null when it is no pod. */
export function podFacts(object: unknown): PodFacts | null {
  const parsed = podObject.safeParse(object);
  if (!parsed.success) return null;
  const { metadata, spec, status } = parsed.data;
  const ready = conditionOf(parsed.data, 'Ready');
  const scheduled = conditionOf(parsed.data, 'PodScheduled');
  const containers = status?.containerStatuses ?? [];
  return {
    uid: metadata.uid,
    name: metadata.name,
    version: metadata.resourceVersion,
    createdAt: metadata.creationTimestamp ?? null,
    phase: status?.phase ?? 'Unknown',
    ready: ready?.status === 'True',
    readyChangedAt: ready?.lastTransitionTime ?? null,
    scheduled: scheduled?.status === 'True',
    scheduledAt: scheduled?.status === 'True' ? (scheduled.lastTransitionTime ?? null) : null,
    startedAt: latest(containers.map(startOf)),
    finishedAt: latest(containers.map(({ state }) => state?.terminated?.finishedAt)),
    restarts: containers.reduce((sum, { restartCount }) => sum + restartCount, 0),
    node: spec.nodeName ?? null,
    image: spec.containers[0]?.image ?? null,
    reason: reasonOf(containers),
    deletion: deletionOf(metadata),
    owner: ownerOf(metadata),
    endsByItself: (spec.restartPolicy ?? 'Always') !== 'Always',
  };
}

function conditionOf({ status }: PodObject, type: string) {
  return status?.conditions?.find((condition) => condition.type === type);
}

/** When the container started its current or last run. */
function startOf({ state }: ContainerStatus): string | null | undefined {
  return state?.running?.startedAt ?? state?.terminated?.startedAt;
}

function reasonOf(containers: readonly ContainerStatus[]): string | null {
  const reasons = containers.map(
    ({ state }) => state?.waiting?.reason ?? state?.terminated?.reason ?? null,
  );
  return reasons.find((reason) => reason !== null) ?? null;
}

function latest(times: readonly (string | null | undefined)[]): string | null {
  // All are UTC in whole seconds, so their order as text is their order in time.
  return times.reduce<string | null>((best, at) => (at && at > (best ?? '') ? at : best), null);
}

/** The kubelet sets the grace period to 0 and moves deletionTimestamp back once the containers are gone. */
function deletionOf(metadata: PodObject['metadata']): Deletion | null {
  const at = metadata.deletionTimestamp;
  if (at === null || at === undefined) return null;
  const grace = metadata.deletionGracePeriodSeconds ?? 0;
  const requested = new Date(Date.parse(at) - grace * 1000);
  return {
    requestedAt: requested.toISOString().replace('.000Z', 'Z'),
    releasedAt: grace === 0 ? at : null,
  };
}
