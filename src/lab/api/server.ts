import type { AddressInfo } from 'node:net';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { z } from 'zod';
import type { KubeObject, ResourceName } from '../objects.ts';
import { deleteObject } from './deletion.ts';
import { discoveryDocuments } from './discovery.ts';
import { jsonPatch } from './json-patch.ts';
import { Pages } from './list.ts';
import { mergePatch, strategicMergePatch } from './merge-patch.ts';
import { ApiProblem, badRequest, type Status } from './problem.ts';
import { parseQuery } from './query.ts';
import { RESOURCE_TYPES, type ResourceType } from './resources.ts';
import type { Draft, Part, Store } from './store.ts';
import { validated } from './validate.ts';
import { serveWatch } from './watch.ts';

export type ApiServer = {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** Ends every watch and connection. */
  readonly close: () => Promise<void>;
};

const PATCHES: Readonly<Record<string, (target: unknown, patch: unknown) => unknown>> = {
  'application/json-patch+json': jsonPatch,
  'application/merge-patch+json': mergePatch,
  'application/strategic-merge-patch+json': strategicMergePatch,
};

/** The Kubernetes REST API over a store, on a free port of 127.0.0.1. */
export async function serveApi(
  store: Store,
  options: { readonly bookmarkMs: number },
): Promise<ApiServer> {
  const app = fastify({ forceCloseConnections: true, exposeHeadRoutes: false });
  const watches = new Set<{ readonly close: () => void }>();
  const context: Context = { store, pages: new Pages(store), watches, ...options };

  const parseJson = (_request: FastifyRequest, body: string | Buffer, done: Parsed) => {
    try {
      done(null, body.length === 0 ? undefined : JSON.parse(body.toString()));
    } catch {
      done(badRequest('the body is not JSON'));
    }
  };
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    ['application/json', ...Object.keys(PATCHES)],
    { parseAs: 'string' },
    parseJson,
  );
  app.setErrorHandler((error, _request, reply) => {
    const problem =
      error instanceof ApiProblem
        ? error
        : new ApiProblem(statusCodeOf(error), 'InternalError', String(error));
    return reply.code(problem.status.code).send(problem.status);
  });
  app.setNotFoundHandler((_request, reply) => {
    const problem = new ApiProblem(
      404,
      'NotFound',
      'the server could not find the requested resource',
    );
    return reply.code(404).send(problem.status);
  });

  for (const [path, document] of discoveryDocuments()) app.get(path, () => document);
  for (const path of ['/healthz', '/livez', '/readyz']) app.get(path, () => 'ok');
  app.post('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', (request, reply) => {
    const review: unknown = request.body;
    const asked = typeof review === 'object' && review !== null ? review : {};
    return reply.code(201).send({ ...asked, status: { allowed: true } });
  });
  for (const type of RESOURCE_TYPES) mountResource(app, type, context);

  await app.listen({ host: '127.0.0.1', port: 0 });
  // Listening on TCP: the address is never a pipe's.
  const { port } = app.server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    close: async () => {
      for (const watch of watches) watch.close();
      await app.close();
    },
  };
}

type Parsed = (error: Error | null, body?: unknown) => void;

type Context = {
  readonly store: Store;
  readonly pages: Pages;
  readonly watches: Set<{ readonly close: () => void }>;
  readonly bookmarkMs: number;
};

const PARAMS = z.object({ namespace: z.string().optional(), name: z.string().default('') });

function paramsOf(request: FastifyRequest) {
  return PARAMS.parse(request.params);
}

function mountResource(app: FastifyInstance, type: ResourceType, context: Context): void {
  const { store } = context;
  const root = type.group === '' ? '/api/v1' : `/apis/${type.group}/v1`;
  const collection = type.namespaced
    ? `${root}/namespaces/:namespace/${type.name}`
    : `${root}/${type.name}`;
  const object = `${collection}/:name`;
  const read = (request: FastifyRequest) => {
    const { namespace, name } = paramsOf(request);
    return store.get(type.name, namespace, name);
  };

  const list = (request: FastifyRequest, reply: FastifyReply) =>
    listOrWatch(type.name, context, request, reply);
  app.get(collection, list);
  if (type.namespaced) app.get(`${root}/${type.name}`, list);
  app.get(object, read);
  if (!type.writable) return;
  app.post(collection, (request, reply) => {
    const { namespace } = paramsOf(request);
    const wanted = validated(type.name, request.body);
    const metadata = { ...wanted.metadata, ...(namespace === undefined ? {} : { namespace }) };
    const status = type.status ? { status: type.name === 'pods' ? { phase: 'Pending' } : {} } : {};
    const draft: Draft<KubeObject> = { ...wanted, ...status, metadata };
    // Validated for this very resource.
    return reply.code(201).send(store.create(type.name, draft));
  });
  app.delete(object, (request) => {
    const stored = read(request);
    const body = z
      .looseObject({ gracePeriodSeconds: z.number().optional() })
      .safeParse(request.body);
    const { gracePeriodSeconds } = parseQuery(request.query, undefined);
    const grace = body.data?.gracePeriodSeconds ?? gracePeriodSeconds;
    const left = deleteObject(store, type.name, stored, grace);
    const { namespace, name, uid } = left.metadata;
    return store.find(type.name, namespace, name) !== null ? left : success(type, name, uid);
  });
  const parts: readonly Part[] = type.status ? ['spec', 'status'] : ['spec'];
  for (const part of parts) {
    const path = part === 'status' ? `${object}/status` : object;
    if (part === 'status') app.get(path, read);
    const write = (request: FastifyRequest, body: unknown) => {
      const { namespace, name } = paramsOf(request);
      const wanted = validated(type.name, body);
      if (wanted.metadata.name !== name)
        throw badRequest('the name of the object does not match the URL');
      const metadata = {
        ...wanted.metadata,
        ...(namespace === undefined ? {} : { namespace }),
        // An update without a version is unconditional.
        resourceVersion: readVersion(wanted),
      };
      // Validated for this very resource.
      return store.update(type.name, { ...wanted, metadata } as never, part);
    };
    app.put(path, (request) => write(request, request.body));
    app.patch(path, (request) => {
      const mediaType = (request.headers['content-type'] ?? '').split(';')[0] ?? '';
      const apply = PATCHES[mediaType];
      if (apply === undefined) {
        const message = `the body of the request was in an unknown format: ${mediaType}`;
        throw new ApiProblem(415, 'UnsupportedMediaType', message);
      }
      return write(request, apply(read(request), request.body));
    });
  }
}

function listOrWatch(
  resource: ResourceName,
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
): unknown {
  const query = parseQuery(request.query, paramsOf(request).namespace);
  if (!query.watch) return context.pages.list(resource, query);
  reply.hijack();
  const { version: since } = query;
  const { store, bookmarkMs, watches } = context;
  const watch = serveWatch(store, resource, { ...query, since }, reply.raw, bookmarkMs);
  watches.add(watch);
  reply.raw.on('close', () => watches.delete(watch));
  return reply;
}

function readVersion(object: KubeObject): string {
  const metadata: { resourceVersion?: string } = object.metadata;
  return metadata.resourceVersion ?? '';
}

function success(type: ResourceType, name: string, uid: string): Status {
  const details = {
    name,
    ...(type.group === '' ? {} : { group: type.group }),
    kind: type.name,
    uid,
  };
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
}

function statusCodeOf(error: unknown): number {
  const parsed = z.looseObject({ statusCode: z.number() }).safeParse(error);
  return parsed.data?.statusCode ?? 500;
}
