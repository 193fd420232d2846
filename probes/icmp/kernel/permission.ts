import { CodedError } from '../../../src/errors/coded-error.ts';
import { loadLibc } from '../../../src/platform/libc.ts';
import type { Family } from '../address.ts';
import type { IcmpConfig } from '../config.ts';
import { newIdentity } from '../identity.ts';
import { openSocket } from './open-socket.ts';
import { privilegesIn } from './privileges.ts';

/** Tries what the probe will do: opens an ICMP socket of this family and closes it. Null when that works. */
export async function checkKernel(family: Family, config: IcmpConfig): Promise<CodedError | null> {
  try {
    const libc = await loadLibc();
    const privileges = await privilegesIn(libc, config.from?.netns ?? null);
    openSocket(libc, family, config, newIdentity().id, privileges).close();
    return null;
  } catch (error) {
    if (error instanceof CodedError) return error;
    throw error;
  }
}
