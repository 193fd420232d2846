import type { StepContext, StepResult } from '../contracts/step.ts';
import { formatDuration } from '../model/duration.ts';
import { type DurationNs, NS_PER_MS } from '../model/time.ts';
import type { Kubernetes } from '../platform/kubernetes.ts';
import { type ApiFailure, type ApiRequest, apiRequest } from '../platform/kubernetes-api.ts';
import { listAll } from '../platform/kubernetes-list.ts';
import { after, sleep } from '../platform/timers.ts';
import { type Deployment, readDeployment, selectorText } from './deployment.ts';
import { rolloutStatus } from './rollout-status.ts';
import { stuckPods } from './stuck-pods.ts';

export type RollOrder = {
  readonly deployment: string;
  readonly namespace: string | undefined;
  readonly timeout: DurationNs;
  /** The strategic merge patch that sets the rollout off, or why there is none. */
  readonly change: (
    deployment: Deployment,
  ) => { readonly patch: unknown } | { readonly why: string };
};

const REQUEST_MS = 10_000;
const POLL_MS = 500;
const PATCH_TYPE = 'application/strategic-merge-patch+json';
/** Turns of the poll between two looks at pods and events, for the line of progress. */
const LOOK_EVERY = 6;

type Target = {
  readonly kubernetes: Kubernetes;
  readonly namespace: string;
  readonly path: string;
  /** Aborted at the step's timeout or when the run is interrupted. */
  readonly over: AbortSignal;
};

/**
 * Changes a Deployment and waits until its rollout is done, has failed or has taken too long. The API server may itself be under
 * maintenance: an answer that does not come, HTTP 429 and 5xx are tried again until the timeout, and the patch can be sent twice
 * because it sets values. A rollout that fails is left as it is.
 */
export async function rollDeployment(order: RollOrder, context: StepContext): Promise<StepResult> {
  const { signal, log } = context;
  const expired = new AbortController();
  const stopTimer = after(order.timeout / NS_PER_MS, () => {
    expired.abort();
  });
  const kubernetes = await context.kubernetes();
  const namespace = order.namespace ?? kubernetes.namespace;
  const root = `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/deployments`;
  const target = {
    kubernetes,
    namespace,
    path: `${root}/${encodeURIComponent(order.deployment)}`,
    over: AbortSignal.any([signal, expired.signal]),
  };
  const gaveUp = (doing: string): StepResult =>
    failed(
      signal.aborted
        ? `the run was interrupted while ${doing}`
        : `not done within ${formatDuration(order.timeout)}: ${doing}`,
    );
  try {
    context.progress(0, `deployment ${order.deployment}`);
    const found = await persist(target, { method: 'GET', path: target.path }, log);
    if (found === null) return gaveUp(`reading deployment ${order.deployment}`);
    if (!found.ok) return await notFound(order, target, root, found);
    const before = readDeployment(found.body);
    if (before === null) return failed(`${target.path} is not a Deployment`);
    if (before.spec.paused === true) {
      return failed(`deployment ${order.deployment} is paused: kubectl rollout resume it first`);
    }
    const change = order.change(before);
    if ('why' in change) return failed(change.why);
    const body = { type: PATCH_TYPE, value: change.patch };
    const changed = await persist(target, { method: 'PATCH', path: target.path, body }, log);
    if (changed === null) return gaveUp(`changing deployment ${order.deployment}`);
    if (!changed.ok) return failed(`deployment ${order.deployment}: ${changed.message}`);
    const { generation } = readDeployment(changed.body)?.metadata ?? before.metadata;
    const result = await followRollout(target, generation, context);
    if (result !== null) return result;
    return gaveUp(signal.aborted ? 'waiting for the rollout' : await whyStuck(target));
  } finally {
    stopTimer();
  }
}

/** Null when the time is over before the rollout is. */
async function followRollout(
  target: Target,
  generation: number,
  { progress, log }: StepContext,
): Promise<StepResult | null> {
  let stuck: readonly string[] = [];
  for (let turn = 0; ; turn++) {
    const answer = await persist(target, { method: 'GET', path: target.path }, log);
    if (answer === null) return null;
    if (!answer.ok) return failed(`the deployment cannot be read any more: ${answer.message}`);
    const deployment = readDeployment(answer.body);
    if (deployment === null) return failed(`${target.path} is not a Deployment any more`);
    const status = rolloutStatus(deployment, generation);
    if (status.state === 'done') {
      progress(1, status.line);
      return { result: 'ok' };
    }
    if (status.state === 'failed') {
      const why = await stuckNow(target, deployment);
      return failed([status.line, ...why].join('; '));
    }
    if (turn % LOOK_EVERY === LOOK_EVERY - 1) stuck = await stuckNow(target, deployment);
    progress(status.fraction, [status.line, ...stuck.slice(0, 1)].join('; '));
    await sleep(POLL_MS, target.over);
  }
}

/** Asks after the time is over, so by its own deadline alone. */
async function whyStuck(target: Target): Promise<string> {
  const at = { ...target, over: new AbortController().signal };
  const request = { method: 'GET', path: at.path, timeoutMs: REQUEST_MS } as const;
  const answer = await apiRequest(at.kubernetes, request);
  const deployment = answer.ok ? readDeployment(answer.body) : null;
  if (deployment === null) return answer.ok ? 'no deployment' : answer.message;
  const { line } = rolloutStatus(deployment, 0);
  return [line, ...(await stuckNow(at, deployment))].join('; ');
}

async function stuckNow(target: Target, { spec }: Deployment): Promise<readonly string[]> {
  const { kubernetes, namespace, over: signal } = target;
  const root = `/api/v1/namespaces/${encodeURIComponent(namespace)}`;
  const exchange = { timeoutMs: REQUEST_MS, signal };
  const query = { labelSelector: selectorText(spec.selector) };
  const pods = await listAll(kubernetes, `${root}/pods`, { ...exchange, query });
  if (!pods.ok) return [];
  const events = await listAll(kubernetes, `${root}/events`, exchange);
  return stuckPods(pods.items, events.ok ? events.items : []);
}

/** One request, tried again while it may yet succeed; null when the time is over. */
async function persist(
  { kubernetes, over }: Target,
  request: Pick<ApiRequest, 'method' | 'path' | 'body'>,
  log: StepContext['log'],
) {
  while (!over.aborted) {
    const answer = await apiRequest(kubernetes, {
      ...request,
      timeoutMs: REQUEST_MS,
      signal: over,
    });
    if (answer.ok || !mayPass(answer)) return answer;
    log.warn({ path: request.path }, `Kubernetes API: ${answer.message}`);
    await sleep(POLL_MS, over);
  }
  return null;
}

function mayPass({ status }: ApiFailure): boolean {
  return status === null || status === 409 || status === 429 || status >= 500;
}

async function notFound(
  { deployment }: RollOrder,
  { kubernetes, namespace, over: signal }: Target,
  root: string,
  failure: ApiFailure,
): Promise<StepResult> {
  if (failure.status !== 404) return failed(`deployment ${deployment}: ${failure.message}`);
  const listing = await listAll(kubernetes, root, { timeoutMs: REQUEST_MS, signal });
  const names = listing.ok
    ? listing.items.flatMap((item) => readDeployment(item)?.metadata.name ?? [])
    : [];
  const there = names.length === 0 ? 'there is none' : `there are: ${names.sort().join(', ')}`;
  return failed(`no deployment ${deployment} in namespace ${namespace}; ${there}`);
}

function failed(why: string): StepResult {
  return { result: 'failed', why };
}
