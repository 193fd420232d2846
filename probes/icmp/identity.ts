import { randomBytes, randomInt } from 'node:crypto';
import type { Identity } from './packet.ts';

/** An identity that no other session on this machine has: neither of this run nor of another one. */
export function newIdentity(): Identity {
  // net-ping replaces 0 by the pid and takes the rest modulo 65535.
  return { id: randomInt(1, 65_535), nonce: randomBytes(8) };
}
