import { randomBytes, randomInt } from 'node:crypto';

/** What tells this probe's packets from everyone else's: a raw socket sees the ICMP of the whole machine. */
export type Identity = {
  /** The 16-bit identifier of the ICMP header. */
  readonly id: number;
  /** 8 random bytes. */
  readonly nonce: Buffer;
};

export const NONCE_BYTES = 8;
/** Start of every payload: nonce, then the number of the attempt (32 bits; the header's sequence is its low 16). */
export const TAG_BYTES = NONCE_BYTES + 4;

/** An identity that no other session on this machine has: neither of this run nor of another one. */
export function newIdentity(): Identity {
  // net-ping replaces 0 by the pid and takes the rest modulo 65535.
  return { id: randomInt(1, 65_535), nonce: randomBytes(NONCE_BYTES) };
}

/** The number of a probe's first request, 32 bits: nobody who does not see them knows which sequence is under way. */
export function newFirstAttempt(): number {
  return randomInt(2 ** 32);
}
