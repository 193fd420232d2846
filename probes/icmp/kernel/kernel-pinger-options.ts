import type { ProbeContext } from '../../../src/contracts/probe.ts';
import type { DurationNs } from '../../../src/model/time.ts';
import type { Libc } from '../../../src/platform/libc.ts';
import type { Family, HostAddress } from '../address.ts';
import type { Identity } from '../identity.ts';
import type { IcmpSocket } from './icmp-socket.ts';
import type { KernelClock } from './kernel-clock.ts';

export type KernelTarget = {
  readonly name: string;
  readonly address: HostAddress;
  /** The interface of a link-local address; 0 for others. */
  readonly scope: number;
  /** Bytes of payload. */
  readonly size: number;
  /** The packet is larger than the path should carry: being refused is what is right. */
  readonly tooLarge: boolean;
};

export type KernelPingerOptions = Pick<ProbeContext, 'emit'> & {
  readonly libc: Libc;
  readonly clock: KernelClock;
  readonly sockets: ReadonlyMap<Family, IcmpSocket>;
  readonly identity: Identity;
  /** The number of the first request, 32 bits (`newFirstAttempt`). */
  readonly firstAttempt: number;
  readonly targets: readonly KernelTarget[];
  /** Of every target. */
  readonly timeoutNs: DurationNs;
  /** Of all targets together. */
  readonly perSecond: number;
};
