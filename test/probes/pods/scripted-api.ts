import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import type { Kubernetes } from '../../../src/platform/kubernetes.ts';

/** A watch that the test holds open. */
export type OpenWatch = {
  readonly query: URLSearchParams;
  readonly send: (type: string, object: unknown) => void;
  /** Bytes as they are. */
  readonly raw: (text: string) => void;
  /** Ends the response in order. */
  readonly close: () => void;
  /** Cuts the connection. */
  readonly cut: () => void;
};

export type ScriptedApi = {
  readonly kubernetes: Kubernetes;
  /** Requests so far, `list` or `watch` with the version it starts from. */
  readonly requests: string[];
  /** What a list shows. */
  state: { version: string; items: unknown[] };
  /** Answers lists in place of `state` until it returns false. */
  refuseList: (response: ServerResponse) => boolean;
  /** Called for each watch; without more, it stays open and silent. */
  onWatch: (watch: OpenWatch, response: ServerResponse, count: number) => void;
  readonly watches: OpenWatch[];
  readonly close: () => Promise<void>;
};

/** A Kubernetes API of one collection over real HTTP; the test says what it shows and how its streams behave. */
export async function scriptedApi(): Promise<ScriptedApi> {
  const server = createServer((request, response) => {
    answer(api, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: 'scripted', server: `http://127.0.0.1:${String(port)}`, skipTLSVerify: false },
    { name: 'user', token: 'a-token' },
  );
  const api: ScriptedApi = {
    kubernetes: { config, namespace: 'default' },
    requests: [],
    state: { version: '1', items: [] },
    refuseList: () => false,
    onWatch: () => undefined,
    watches: [],
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return api;
}

export function refuse(response: ServerResponse, status: number, message: string): true {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ kind: 'Status', status: 'Failure', message, code: status }));
  return true;
}

/** A pod as the API gives it. */
export function podObject(
  name: string,
  version: number,
  options: { uid?: string; ready?: boolean; restarts?: number } = {},
): unknown {
  const { uid = `uid-${name}`, ready = true, restarts = 0 } = options;
  return {
    kind: 'Pod',
    metadata: {
      name,
      uid,
      resourceVersion: String(version),
      creationTimestamp: '2026-11-23T03:00:00Z',
      labels: { 'pod-template-hash': 'abc' },
      ownerReferences: [{ kind: 'ReplicaSet', name: 'web-abc', controller: true }],
    },
    spec: { nodeName: 'node-1', containers: [{ name: 'web', image: 'web:v1' }] },
    status: {
      phase: 'Running',
      conditions: [
        {
          type: 'Ready',
          status: ready ? 'True' : 'False',
          lastTransitionTime: '2026-11-23T03:00:05Z',
        },
      ],
      containerStatuses: [
        { restartCount: restarts, state: { running: { startedAt: '2026-11-23T03:00:01Z' } } },
      ],
    },
  };
}

function answer(api: ScriptedApi, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://localhost');
  if (url.searchParams.get('watch') !== 'true') {
    api.requests.push('list');
    if (api.refuseList(response)) return;
    const { version, items } = api.state;
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ metadata: { resourceVersion: version }, items }));
    return;
  }
  api.requests.push(`watch ${url.searchParams.get('resourceVersion') ?? ''}`);
  const watch: OpenWatch = {
    query: url.searchParams,
    send: (type, object) => {
      response.write(`${JSON.stringify({ type, object })}\n`);
    },
    raw: (text) => {
      response.write(text);
    },
    close: () => {
      response.end();
    },
    cut: () => {
      response.destroy();
    },
  };
  api.watches.push(watch);
  api.onWatch(watch, response, api.watches.length);
  if (!response.headersSent) {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
  }
}
