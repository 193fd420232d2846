import type { PutRow } from '../../../src/contracts/probe.ts';
import { FLAG } from '../../../src/model/sample.ts';
import type { RunNs } from '../../../src/model/time.ts';
import type { EchoRequest } from './echo-request.ts';
import { STATE } from './flights.ts';
import type { KernelPingerOptions } from './kernel-pinger-options.ts';
import * as linux from './linux.ts';
import { NAME_SIZE } from './message-ring.ts';
import type { Pings } from './pings.ts';
import { socketAddress } from './socket-name.ts';
import { SEND_BATCH, type Wire } from './wire.ts';

export type Sender = {
  /** Takes a ping that is due into its wire's next call; calls at once when that is full. */
  readonly prepare: (target: number, seq: number, due: RunNs) => void;
  /** Sends what has been prepared. */
  readonly flush: (wire: Wire) => void;
};

/** How often a send is tried when errors of earlier packets wait at the socket. */
const SEND_TRIES = 4;

/** `readErrors` empties the error queue: before the numbering of stamps begins anew. */
export function createSender(
  { libc, clock, targets }: Pick<KernelPingerOptions, 'libc' | 'clock' | 'targets'>,
  pings: Pings,
  wires: readonly (Wire | undefined)[],
  requests: readonly EchoRequest[],
  put: PutRow,
  readErrors: (wire: Wire) => void,
): Sender {
  const { flights } = pings;
  const names = targets.map(({ address, scope }) => socketAddress(address, scope));

  const prepare = (target: number, seq: number, due: RunNs): void => {
    const wire = wires[target];
    const request = requests[target];
    const name = names[target];
    if (wire === undefined || request === undefined || name === undefined) return;
    const attempt = pings.next();
    const slot = pings.begin(target, seq, due);
    if (slot < 0) {
      const detail = `${String(flights.capacity)} pings in flight`;
      put(target, seq, due, Number.NaN, Number.NaN, 'unsent', 'overload', 0, detail);
      return;
    }
    const i = wire.filled++;
    request.write(wire.tx.data, i * wire.tx.dataSize, attempt);
    wire.tx.setLength(i, request.length);
    const { names: addresses } = wire.tx;
    for (let at = 0; at < name.length; at++) addresses.setUint8(i * NAME_SIZE + at, name[at] ?? 0);
    wire.slots[i] = slot;
    if (wire.filled === SEND_BATCH) flush(wire);
  };

  const flush = (wire: Wire): void => {
    const { socket, tx, slots } = wire;
    const count = wire.filled;
    wire.filled = 0;
    let from = 0;
    let tries = 0;
    let stampsLost = false;
    while (from < count) {
      const before = clock.now();
      const result = socket.send(tx, from, count);
      const unsure = clock.now() - before;
      if (result > 0) {
        for (let i = from; i < from + result; i++) {
          const slot = slots[i] ?? 0;
          pings.left(slot, before, unsure);
          wire.stamps[wire.stamp++ & 0xffff] = slot;
        }
        from += result;
        tries = 0;
        continue;
      }
      if (result === -linux.EINTR) continue;
      stampsLost = true;
      if (result !== -linux.EAGAIN && ++tries < SEND_TRIES) {
        socket.clearError();
        continue;
      }
      failedToSend(slots[from] ?? 0, -result, before);
      from++;
      tries = 0;
    }
    // A packet that failed on its way out may have been counted all the same.
    if (stampsLost && socket.stampsSent) {
      readErrors(wire);
      socket.restartStamps();
      wire.stamp = 0;
    }
  };

  const failedToSend = (slot: number, errno: number, at: RunNs): void => {
    flights.sent[slot] = at;
    flights.stamped[slot] = Number.NaN;
    flights.state[slot] = STATE.ended;
    if (errno === linux.EMSGSIZE && targets[flights.target[slot] ?? 0]?.tooLarge === true) {
      pings.row(
        slot,
        0,
        'ok',
        'none',
        FLAG.disturbed,
        'refused by this machine: larger than its own MTU',
      );
      return;
    }
    put(
      flights.target[slot] ?? 0,
      flights.seq[slot] ?? 0,
      flights.due[slot] ?? 0,
      Number.NaN,
      Number.NaN,
      'unsent',
      'send-error',
      0,
      libc.describe(errno),
    );
  };

  return { prepare, flush };
}
