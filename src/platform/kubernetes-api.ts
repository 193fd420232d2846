import { type IncomingMessage, type OutgoingHttpHeaders, request as plainRequest } from 'node:http';
import { type RequestOptions, request as tlsRequest } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { messageOf } from '../errors/coded-error.ts';
import type { Kubernetes } from './kubernetes.ts';

export type ApiRequest = {
  readonly method: 'GET' | 'PATCH';
  /** From the server's root: `/api/v1/namespaces/openstack/pods`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: { readonly type: string; readonly value: unknown };
  /** For the whole exchange. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
};

/** `status` is null when no HTTP answer came: refused, reset, timed out, aborted. */
export type ApiFailure = {
  readonly ok: false;
  readonly status: number | null;
  readonly message: string;
};
export type ApiAnswer = { readonly ok: true; readonly body: unknown } | ApiFailure;

/**
 * One request to the Kubernetes API, nothing retried. The client-node library gives address, credentials, TLS and proxy; the
 * exchange is our own, because its generated clients hide deadlines and its `Watch` cannot be aborted before headers have
 * come, has no deadline for them, and drops a line it cannot parse in silence.
 */
export async function apiRequest(kubernetes: Kubernetes, order: ApiRequest): Promise<ApiAnswer> {
  const deadline = AbortSignal.timeout(order.timeoutMs);
  const signal = order.signal === undefined ? deadline : AbortSignal.any([deadline, order.signal]);
  try {
    const response = await sendRequest(kubernetes, { ...order, signal });
    const text = await bodyOf(response);
    if (response.statusCode !== 200) return refusal(response, text);
    return { ok: true, body: JSON.parse(text) as unknown };
  } catch (error) {
    const message = deadline.aborted
      ? `no answer within ${String(order.timeoutMs)} ms`
      : describe(error);
    return { ok: false, status: null, message };
  }
}

/** Resolves when the headers have come. Rejects when there is no answer or the signal is aborted. */
export async function sendRequest(
  { config }: Kubernetes,
  order: Omit<ApiRequest, 'timeoutMs' | 'signal'> & { readonly signal: AbortSignal },
): Promise<IncomingMessage> {
  const usable = await withPlainHttp(config);
  const server = usable.getCurrentCluster()?.server ?? '';
  const url = new URL(server.replace(/\/+$/, '') + order.path);
  for (const [key, value] of Object.entries(order.query ?? {})) url.searchParams.set(key, value);
  const headers: OutgoingHttpHeaders = { accept: 'application/json', 'user-agent': 'rollproof' };
  if (order.body !== undefined) headers['content-type'] = order.body.type;
  const options: RequestOptions = { method: order.method, headers };
  // Adds the credentials to these headers.
  await usable.applyToHTTPSOptions(options);
  const payload = order.body === undefined ? null : JSON.stringify(order.body.value);
  const request = url.protocol === 'http:' ? plainRequest : tlsRequest;
  return await new Promise((resolve, reject) => {
    request(url, { ...options, signal: order.signal }, resolve)
      .on('error', reject)
      .end(payload);
  });
}

/** What a refused request says: the message of the Status object, or the HTTP status line. */
export function refusal(response: IncomingMessage, text: string): ApiFailure {
  const status = response.statusCode ?? null;
  const line = `HTTP ${String(status)} ${response.statusMessage ?? ''}`.trim();
  try {
    const body: unknown = JSON.parse(text);
    if (isRecord(body) && typeof body['message'] === 'string') {
      return { ok: false, status, message: body['message'] };
    }
  } catch {
    // Not a Status object: a proxy's page. The status line says enough.
  }
  return { ok: false, status, message: line };
}

export async function bodyOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `connect ECONNREFUSED ...`; several addresses tried give an AggregateError whose own message is empty. */
export function describe(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join(', ');
  return messageOf(error);
}

/** kubectl takes a plain http server as it is; client-node refuses one unless skipTLSVerify is set as well. */
async function withPlainHttp(config: KubeConfig): Promise<KubeConfig> {
  const cluster = config.getCurrentCluster();
  if (!cluster?.server.startsWith('http:') || cluster.skipTLSVerify) return config;
  const { KubeConfig: Config } = await import('@kubernetes/client-node');
  const copy = new Config();
  copy.loadFromOptions({
    clusters: config.clusters.map((each) => ({ ...each, skipTLSVerify: true })),
    users: config.users,
    contexts: config.contexts,
    currentContext: config.currentContext,
  });
  return copy;
}
