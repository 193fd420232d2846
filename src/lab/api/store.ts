import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { wallMs } from '../../platform/clock.ts';
import type { KubeObject, ObjectMeta, ResourceName, Resources } from '../objects.ts';
import { withDefaults } from './defaults.ts';
import { alreadyExists, conflict, expired, notFound } from './problem.ts';
import { apiVersionOf, RESOURCE_TYPES, type ResourceType, resourceType } from './resources.ts';
import { timestamp } from './timestamp.ts';

/** One change of one object. `before` is null for ADDED: a selector may have matched it and match no more. */
export type Change = {
  readonly version: number;
  readonly resource: ResourceName;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubeObject;
  readonly before: KubeObject | null;
};

type Deletion = 'deletionTimestamp' | 'deletionGracePeriodSeconds';

/** An object that is yet to be created: the store fills in identity, version and time. */
export type Draft<Object extends KubeObject> = Omit<Object, 'kind' | 'apiVersion' | 'metadata'> & {
  readonly metadata: Omit<
    ObjectMeta,
    'name' | 'uid' | 'resourceVersion' | 'creationTimestamp' | Deletion
  > & {
    readonly name?: string;
  };
};

/** `spec`: what is desired; `status`: what is observed. Each write changes one and leaves the other. */
export type Part = 'spec' | 'status';

/**
 * Objects in memory under one resourceVersion that grows with every change, and the last changes of each resource for
 * watches that resume. Objects are never changed in place: a reader may keep what it was given.
 */
export class Store {
  #version = 0;
  readonly #objects = new Map<ResourceName, Map<string, KubeObject>>();
  readonly #history = new Map<ResourceName, Change[]>();
  /** The newest version whose change is no longer in the history, per resource. */
  readonly #forgotten = new Map<ResourceName, number>();
  readonly #listeners = new Set<(change: Change) => void>();
  readonly #historyLimit: number;

  constructor(historyLimit = 1000) {
    this.#historyLimit = historyLimit;
    for (const { name } of RESOURCE_TYPES) {
      this.#objects.set(name, new Map());
      this.#history.set(name, []);
      this.#forgotten.set(name, 0);
    }
  }

  get version(): number {
    return this.#version;
  }

  /** By namespace and name, as etcd keeps them. */
  list<Name extends ResourceName>(resource: Name): readonly Resources[Name][] {
    const objects = [...this.#of(resource).entries()].sort(([a], [b]) => (a < b ? -1 : 1));
    // The map of a resource only ever holds objects of that resource.
    return objects.map(([, object]) => object as Resources[Name]);
  }

  find<Name extends ResourceName>(
    resource: Name,
    namespace: string | undefined,
    name: string,
  ): Resources[Name] | null {
    // As in list.
    return (this.#of(resource).get(keyOf(namespace, name)) as Resources[Name] | undefined) ?? null;
  }

  /** Throws NotFound. */
  get<Name extends ResourceName>(
    resource: Name,
    namespace: string | undefined,
    name: string,
  ): Resources[Name] {
    const found = this.find(resource, namespace, name);
    if (found === null) throw notFound(resource, resourceType(resource).group, name);
    return found;
  }

  /** Throws AlreadyExists. */
  create<Name extends ResourceName>(
    resource: Name,
    draft: Draft<Resources[Name]>,
  ): Resources[Name] {
    const type = resourceType(resource);
    const prefix = draft.metadata.generateName ?? '';
    const name = draft.metadata.name ?? this.#freeName(resource, draft.metadata.namespace, prefix);
    const namespace = type.namespaced ? (draft.metadata.namespace ?? 'default') : undefined;
    if (this.find(resource, namespace, name) !== null) {
      throw alreadyExists(resource, type.group, name);
    }
    const metadata: ObjectMeta = {
      ...draft.metadata,
      name,
      ...(namespace === undefined ? {} : { namespace }),
      uid: randomUUID(),
      resourceVersion: '0',
      ...(type.generation ? { generation: 1 } : {}),
      creationTimestamp: timestamp(wallMs()),
    };
    const object = { kind: type.kind, apiVersion: apiVersionOf(type), ...draft, metadata };
    // The draft has everything of the resource but these three.
    return this.#write(type, 'ADDED', null, withDefaults(resource, object) as Resources[Name]);
  }

  /**
   * Puts the spec or the status of `object` in place of what is stored. Nothing is written when nothing changes. Throws
   * NotFound, and Conflict when `object` was read before the last change.
   */
  update<Name extends ResourceName>(
    resource: Name,
    object: Resources[Name],
    part: Part,
  ): Resources[Name] {
    const type = resourceType(resource);
    const { namespace, name, resourceVersion } = object.metadata;
    const stored = this.get(resource, namespace, name);
    if (resourceVersion !== '' && resourceVersion !== stored.metadata.resourceVersion) {
      throw conflict(resource, type.group, name);
    }
    const next = type.status ? take(part, object, stored) : object;
    const desired = type.generation && part === 'spec' && !sameDesired(next, stored);
    const generation = (stored.metadata.generation ?? 0) + (desired ? 1 : 0);
    const metadata: ObjectMeta = {
      ...next.metadata,
      ...identity(stored.metadata),
      ...(type.generation ? { generation } : {}),
    };
    const written = { ...next, metadata };
    if (isDeepStrictEqual(written, stored)) return stored;
    return this.#write(type, 'MODIFIED', stored, written);
  }

  /** Writes spec and status at once without counting a generation, as the binding of a pod to its node does. */
  overwrite<Name extends ResourceName>(resource: Name, object: Resources[Name]): Resources[Name] {
    const stored = this.get(resource, object.metadata.namespace, object.metadata.name);
    return this.#write(resourceType(resource), 'MODIFIED', stored, object);
  }

  /**
   * Marks a pod for deletion: `deletionTimestamp` is the end of its grace period. A second mark can only bring it
   * forward. Deletion changes what is desired, so the generation grows once.
   */
  markDeleted<Name extends ResourceName>(
    resource: Name,
    object: Resources[Name],
    graceSeconds: number,
  ): Resources[Name] {
    const stored = this.get(resource, object.metadata.namespace, object.metadata.name);
    const earlier = stored.metadata.deletionGracePeriodSeconds;
    if (earlier !== undefined && earlier <= graceSeconds) return stored;
    const first = earlier === undefined ? 1 : 0;
    const metadata: ObjectMeta = {
      ...stored.metadata,
      generation: (stored.metadata.generation ?? 0) + first,
      deletionTimestamp: timestamp(wallMs() + graceSeconds * 1000),
      deletionGracePeriodSeconds: graceSeconds,
    };
    return this.#write(resourceType(resource), 'MODIFIED', stored, { ...stored, metadata });
  }

  /** Throws NotFound. */
  remove<Name extends ResourceName>(resource: Name, object: Resources[Name]): Resources[Name] {
    const type = resourceType(resource);
    const stored = this.get(resource, object.metadata.namespace, object.metadata.name);
    return this.#write(type, 'DELETED', stored, stored);
  }

  /** Throws Expired when a change after `version` has been forgotten. */
  changesSince(resource: ResourceName, version: number): readonly Change[] {
    const oldest = this.#forgotten.get(resource) ?? 0;
    if (version < oldest) throw expired(version, oldest);
    return (this.#history.get(resource) ?? []).filter((change) => change.version > version);
  }

  /** Forgets the changes so far, as a compaction of etcd does. */
  compact(): void {
    for (const { name } of RESOURCE_TYPES) {
      this.#history.set(name, []);
      this.#forgotten.set(name, this.#version);
    }
  }

  /** Called with every change, in order, until the returned function is called. */
  subscribe(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #write<Object extends KubeObject>(
    { name: resource }: ResourceType,
    type: Change['type'],
    before: KubeObject | null,
    next: Object,
  ): Object {
    this.#version++;
    const metadata = { ...next.metadata, resourceVersion: String(this.#version) };
    const object: Object = { ...next, metadata };
    const key = keyOf(metadata.namespace, metadata.name);
    if (type === 'DELETED') this.#of(resource).delete(key);
    else this.#of(resource).set(key, object);
    const change: Change = { version: this.#version, resource, type, object, before };
    const history = this.#history.get(resource) ?? [];
    history.push(change);
    if (history.length > this.#historyLimit) {
      this.#forgotten.set(resource, history.shift()?.version ?? 0);
    }
    for (const listener of [...this.#listeners]) listener(change);
    return object;
  }

  #of(resource: ResourceName): Map<string, KubeObject> {
    const objects = this.#objects.get(resource);
    if (objects === undefined) throw new Error(`no resource ${resource}`);
    return objects;
  }

  #freeName(resource: ResourceName, namespace: string | undefined, prefix: string): string {
    for (;;) {
      const name = `${prefix}${randomSuffix()}`;
      if (this.find(resource, namespace, name) === null) return name;
    }
  }
}

function keyOf(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`;
}

/** The alphabet of Kubernetes' generated names: no vowels, nothing that reads like another. */
const SAFE = 'bcdfghjklmnpqrstvwxz2456789';

function randomSuffix(): string {
  const bytes = randomUUID().replaceAll('-', '');
  return [0, 1, 2, 3, 4]
    .map((index) => SAFE.charAt(Number.parseInt(bytes.slice(index * 4, index * 4 + 4), 16) % 27))
    .join('');
}

function identity({ name, namespace, uid, creationTimestamp, ...rest }: ObjectMeta) {
  const { deletionTimestamp, deletionGracePeriodSeconds } = rest;
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    uid,
    resourceVersion: rest.resourceVersion,
    creationTimestamp,
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    ...(deletionGracePeriodSeconds === undefined ? {} : { deletionGracePeriodSeconds }),
  };
}

function take<Object extends KubeObject>(part: Part, object: Object, stored: Object): Object {
  const wanted: object & { status?: unknown } = object;
  const current: object & { status?: unknown } = stored;
  if (part === 'status') return { ...stored, status: wanted.status };
  return { ...object, status: current.status };
}

/** What is desired of an object: all but its metadata and its status. */
function sameDesired(a: KubeObject, b: KubeObject): boolean {
  const bare = (object: object) => ({ ...object, metadata: null, status: null });
  return isDeepStrictEqual(bare(a), bare(b));
}
