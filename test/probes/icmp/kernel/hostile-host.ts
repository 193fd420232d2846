import { parseAddress } from '../../../../probes/icmp/address.ts';
import { checksumOf } from '../../../../probes/icmp/kernel/echo-request.ts';
import { openIcmpSocket } from '../../../../probes/icmp/kernel/icmp-socket.ts';
import * as linux from '../../../../probes/icmp/kernel/linux.ts';
import { createMessageRing } from '../../../../probes/icmp/kernel/message-ring.ts';
import { inNetworkNamespace } from '../../../../probes/icmp/kernel/network-namespace.ts';
import { loadLibc } from '../../../../src/platform/libc.ts';

/**
 * A host that hears every IPv4 echo request in a network namespace and answers it, beside the kernel's own answer, with forgeries:
 * a wrong nonce, a wrong sequence, a cut-off message, from a wrong address, and a right answer once more.
 */
export async function openHostileHost(namespace: string, wrongAddress: string) {
  const libc = await loadLibc();
  const openFrom = (source: string | null) =>
    inNetworkNamespace(libc, namespace, () => {
      const from = source === null ? null : parseAddress(source);
      // The identifier is that of the filter for replies, which is taken off again.
      const socket = openIcmpSocket(libc, 4, 'raw', { id: 1, source: from });
      if ('errno' in socket) throw new Error(libc.describe(socket.errno));
      return socket;
    });
  const hearing = inNetworkNamespace(libc, namespace, () =>
    libc.socket(linux.AF_INET, linux.SOCK_RAW | linux.SOCK_CLOEXEC, linux.IPPROTO_ICMP),
  );
  const [honest, liar] = [openFrom(null), openFrom(wrongAddress)];
  const rx = createMessageRing(libc, 64, 2048, 0);
  const tx = createMessageRing(libc, 1, 2048, 0);
  const send = (socket: typeof honest, name: Uint8Array, message: Uint8Array) => {
    const view = new DataView(message.buffer, message.byteOffset, message.length);
    view.setUint16(2, 0);
    view.setUint16(2, checksumOf(view, 0, message.length));
    new Uint8Array(tx.data.buffer).set(message);
    new Uint8Array(tx.names.buffer).set(name);
    tx.setLength(0, message.length);
    tx.setNameLength(0, 16);
    socket.send(tx, 0, 1);
  };
  let forged = 0;
  return {
    forged: () => forged,
    /** Answers what has come since the last turn. */
    turn: () => {
      rx.renew(rx.count);
      const count = libc.recvmmsg(hearing, rx.headers, rx.count, linux.MSG_DONTWAIT);
      for (let i = 0; i < count; i++) {
        const packet = new Uint8Array(rx.data.buffer, i * rx.dataSize, rx.length(i));
        const name = new Uint8Array(rx.names.buffer, i * 32, 16);
        if (packet[20] !== 8) continue;
        const answer = packet.slice(20);
        answer[0] = 0;
        const forge = (at: number) => {
          const message = answer.slice();
          message[at] = (message[at] ?? 0) ^ 0xff;
          return message;
        };
        send(honest, name, forge(8));
        send(honest, name, forge(7));
        send(honest, name, forge(19));
        send(honest, name, answer.slice(0, 12));
        send(liar, name, answer.slice());
        send(honest, name, answer.slice());
        forged++;
      }
    },
    close: () => {
      libc.close(hearing);
      honest.close();
      liar.close();
    },
  };
}
