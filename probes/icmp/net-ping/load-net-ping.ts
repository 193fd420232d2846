import type { NetPing } from 'net-ping';
import { CodedError, messageOf } from '../../../src/errors/coded-error.ts';

/**
 * net-ping is an optional dependency: it compiles at install. Throws `probe-config` when it is not there or does not load.
 * Its native part works in one thread of a process only, and that must be the main one.
 */
export async function loadNetPing(): Promise<NetPing> {
  try {
    return (await import('net-ping')).default;
  } catch (error) {
    throw new CodedError(
      'probe-config',
      `the icmp probe cannot load net-ping: ${messageOf(error).split('\n')[0] ?? ''}`,
      'it is compiled when installed: with python3, make and g++ at hand run `npm install --include=optional`, then ' +
        '`npm rebuild raw-socket` (newer npm asks to allow its install script)',
      error,
    );
  }
}
