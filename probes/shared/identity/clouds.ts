import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { CodedError, messageOf } from '../../../src/errors/coded-error.ts';
import type { FoundFile } from '../../../src/platform/openstack-files.ts';
import type { RawAuth } from './account.ts';
import { INTERFACES, type Interface } from './catalog.ts';

const scalar = z.union([z.string(), z.number(), z.boolean()]).nullable().transform(String);
const cloudSection = z.looseObject({
  auth: z.record(z.string(), scalar).default({}),
  auth_type: z.string().optional(),
  cacert: z.string().optional(),
  cert: z.string().optional(),
  key: z.string().optional(),
  verify: z.boolean().optional(),
  insecure: z.boolean().optional(),
  region_name: z.string().optional(),
  interface: z.string().optional(),
  endpoint_type: z.string().optional(),
});
const cloudsFile = z.looseObject({ clouds: z.record(z.string(), z.unknown()).default({}) });

/** One cloud as clouds.yaml and secure.yaml together describe it. */
export type Cloud = {
  readonly raw: RawAuth;
  readonly cacert: string | null;
  readonly cert: string | null;
  readonly key: string | null;
  readonly insecure: boolean;
  readonly region: string | null;
  readonly interface: Interface | null;
  readonly source: string;
};

/**
 * A cloud by name: secure.yaml is laid over clouds.yaml. Throws `probe-config` that names the file, never a value in it.
 */
export function readCloud(name: string, clouds: FoundFile, secure: FoundFile): Cloud {
  if (!clouds.found) {
    throw new CodedError(
      'probe-config',
      `cloud ${name} was asked for but there is no clouds.yaml (looked for ${clouds.looked.join(', ')})`,
      'set OS_CLIENT_CONFIG_FILE to it, or put it in the current directory or ~/.config/openstack',
    );
  }
  const known = cloudsOf(clouds.path, clouds.text);
  const found = known[name];
  if (found === undefined) {
    throw new CodedError(
      'probe-config',
      `${clouds.path} has no cloud ${name}`,
      `it has: ${Object.keys(known).join(', ') || 'none'}`,
    );
  }
  const secrets = secure.found ? cloudsOf(secure.path, secure.text)[name] : undefined;
  const cloud = cloudSection.safeParse(merged(found, secrets));
  if (!cloud.success) {
    const places = cloud.error.issues.map((issue) => issue.path.join('.')).join(', ');
    throw broken(clouds.path, `cloud ${name} is malformed at ${places}`);
  }
  const { auth, auth_type: type, cacert, cert, key, verify, insecure, region_name } = cloud.data;
  if (type !== undefined && !/^(v3)?(password|applicationcredential)$/.test(type)) {
    throw broken(
      clouds.path,
      `cloud ${name} has the auth_type ${type}; password and v3applicationcredential are supported`,
    );
  }
  return {
    raw: auth,
    cacert: cacert ?? null,
    cert: cert ?? null,
    key: key ?? null,
    insecure: verify === false || insecure === true,
    region: region_name ?? null,
    interface: interfaceOf(cloud.data.interface ?? cloud.data.endpoint_type),
    source: `cloud ${name} of ${clouds.path}`,
  };
}

/** `internal`, or `internalURL` as older files have it; null for what is none of the three. */
export function interfaceOf(text: string | undefined): Interface | null {
  return INTERFACES.find((known) => text === known || text === `${known}URL`) ?? null;
}

function cloudsOf(path: string, text: string): Readonly<Record<string, unknown>> {
  let content: unknown;
  try {
    content = parsed(text);
  } catch (error) {
    throw broken(path, `it is not YAML (${messageOf(error)})`);
  }
  const file = cloudsFile.safeParse(content ?? {});
  if (!file.success) throw broken(path, 'it has no mapping of clouds');
  return file.data.clouds;
}

/** Throws where the text is not YAML, or would be read as something else than it says: without a word of it, which may be of a password. */
function parsed(text: string): unknown {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) {
    const { line, col } = lines.linePos(problem.pos[0]);
    throw new Error(`line ${String(line)}, column ${String(col)}: ${problem.code}`);
  }
  try {
    return document.toJS();
  } catch {
    throw new Error('an alias leads nowhere: quote a text that begins with *');
  }
}

/** `{a: {x: 1}}` over which `{a: {y: 2}}` → `{a: {x: 1, y: 2}}`; what is not a mapping is replaced. */
function merged(base: unknown, over: unknown): unknown {
  if (over === undefined) return base;
  if (!isMapping(base) || !isMapping(over)) return over;
  const keys = new Set([...Object.keys(base), ...Object.keys(over)]);
  return Object.fromEntries([...keys].map((key) => [key, merged(base[key], over[key])]));
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function broken(path: string, what: string): CodedError {
  return new CodedError('probe-config', `${path}: ${what}`, 'correct the file');
}
