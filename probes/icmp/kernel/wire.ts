import type { RunNs } from '../../../src/model/time.ts';
import type { Family } from '../address.ts';
import { createEchoReader, type EchoReader } from './echo-reply.ts';
import type { EchoRequest } from './echo-request.ts';
import type { IcmpSocket } from './icmp-socket.ts';
import type { KernelPingerOptions } from './kernel-pinger-options.ts';
import { createMessageRing, type MessageRing } from './message-ring.ts';

/** Messages of one sendmmsg call at most. */
export const SEND_BATCH = 32;
const RECEIVE_BATCH = 128;

/** The socket of one address family, the memory its messages go through, and what is known of it. */
export type Wire = {
  readonly family: Family;
  readonly socket: IcmpSocket;
  readonly reader: EchoReader;
  readonly tx: MessageRing;
  readonly rx: MessageRing;
  readonly errors: MessageRing;
  /** Slots of the messages in `tx`. */
  readonly slots: Uint32Array;
  /** Slot by the number the kernel gives to what leaves, modulo 65536. */
  readonly stamps: Uint32Array;
  filled: number;
  stamp: number;
  /** The buffer was last known to be empty then. */
  drainedAt: RunNs;
  drops: number;
  dropsReadAt: RunNs;
  /** Drops were last seen to have happened before then. */
  droppedBy: RunNs;
};

export function createWire(
  { libc, clock, identity, targets }: KernelPingerOptions,
  requests: readonly EchoRequest[],
  family: Family,
  socket: IcmpSocket,
): Wire {
  const own = requests.filter((_, i) => targets[i]?.address.family === family);
  const largest = own.reduce((most, one) => (one.length > most.length ? one : most));
  const tx = createMessageRing(libc, SEND_BATCH, largest.length + (largest.length % 2), 0);
  const nameLength = family === 4 ? 16 : 28;
  for (let i = 0; i < SEND_BATCH; i++) {
    largest.fill(tx.data, i * tx.dataSize);
    tx.setNameLength(i, nameLength);
  }
  // The largest IPv4 header, and one byte more than a right answer has: a longer one is seen to be.
  const room = 60 + largest.length + 8;
  const raw = socket.type === 'raw';
  return {
    family,
    socket,
    reader: createEchoReader(family, { id: raw ? identity.id : null, nonce: identity.nonce }),
    tx,
    rx: createMessageRing(libc, RECEIVE_BATCH, room, 64),
    errors: createMessageRing(libc, 32, 128, 256),
    slots: new Uint32Array(SEND_BATCH),
    stamps: new Uint32Array(65_536),
    filled: 0,
    stamp: 0,
    drainedAt: Number.NEGATIVE_INFINITY,
    drops: socket.drops(),
    dropsReadAt: clock.now(),
    droppedBy: Number.NEGATIVE_INFINITY,
  };
}
