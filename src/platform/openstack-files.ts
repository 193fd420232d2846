import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { CodedError, messageOf } from '../errors/coded-error.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** A configuration file and its text, or where it was looked for. */
export type FoundFile =
  | { readonly found: true; readonly path: string; readonly text: string }
  | { readonly found: false; readonly looked: readonly string[] };

/** The variable that names the file outright, as openstacksdk knows it. */
const VARIABLE = { clouds: 'OS_CLIENT_CONFIG_FILE', secure: 'OS_CLIENT_SECURE_FILE' } as const;

/**
 * `clouds.yaml` or `secure.yaml` where openstacksdk looks, in its order: the variable, the current directory, the
 * user's configuration, /etc. The first file there is wins. Throws `probe-config` for one that cannot be read.
 */
export async function findOpenStackFile(name: keyof typeof VARIABLE, env: Env): Promise<FoundFile> {
  const named = env[VARIABLE[name]];
  const home = env['HOME'] ?? homedir();
  const config = env['XDG_CONFIG_HOME'] ?? join(home, '.config');
  const folders = ['.', join(config, 'openstack'), '/etc/openstack'];
  const looked = [
    ...(named === undefined || named === '' ? [] : [resolve(named)]),
    ...folders.flatMap((folder) => ['yaml', 'yml'].map((end) => resolve(folder, `${name}.${end}`))),
  ];
  for (const path of looked) {
    const text = await readIfThere(path);
    if (text !== null) return { found: true, path, text };
  }
  return { found: false, looked };
}

/** A text file. Throws `probe-config` naming what the file is for when it cannot be read. */
export async function readConfigFile(path: string, what: string): Promise<string> {
  const text = await readIfThere(resolve(path));
  if (text !== null) return text;
  throw new CodedError('probe-config', `${what} ${path} does not exist`, 'correct the path');
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw new CodedError(
      'probe-config',
      `${path} cannot be read: ${messageOf(error)}`,
      'make it a file that this user can read',
      error,
    );
  }
}
