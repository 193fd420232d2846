import type { Reason } from '../../src/model/sample.ts';
import type { Family } from './address.ts';

/** ICMP Destination Unreachable codes: RFC 792, RFC 1122, RFC 1812. */
const UNREACHABLE_4: Readonly<Record<number, string>> = {
  0: 'network unreachable',
  1: 'host unreachable',
  2: 'protocol unreachable',
  3: 'port unreachable',
  4: 'packet too big',
  5: 'source route failed',
  6: 'network unknown',
  7: 'host unknown',
  9: 'network prohibited',
  10: 'host prohibited',
  11: 'network unreachable for this type of service',
  12: 'host unreachable for this type of service',
  13: 'prohibited by a filter',
  14: 'host precedence violation',
  15: 'precedence cutoff',
};

/** ICMPv6 Destination Unreachable codes: RFC 4443. */
const UNREACHABLE_6: Readonly<Record<number, string>> = {
  0: 'no route to the destination',
  1: 'prohibited by a filter',
  2: 'beyond the scope of the source address',
  3: 'address unreachable',
  4: 'port unreachable',
  5: 'source address failed a policy',
  6: 'route rejected',
};

/**
 * Whether an ICMP message says that a packet did not arrive. Linux gives others to a datagram socket as errors too: of a redirect and of
 * a source quench it is unknown, for the packet went on.
 */
export function isDeliveryError(family: Family, type: number): boolean {
  return family === 4 ? type === 3 || type === 11 || type === 12 : type >= 1 && type <= 4;
}

/** What an ICMP error says, for a sample: `host unreachable (type 3 code 1), says 10.0.0.1`. */
export function describeIcmpError(
  family: Family,
  error: { readonly type: number; readonly code: number; readonly mtu: number | null },
  router: string,
): { readonly reason: Reason; readonly detail: string } {
  const { type, code, mtu } = error;
  const says = `(type ${String(type)} code ${String(code)}), says ${router}`;
  const size = mtu === null || mtu === 0 ? '' : `, MTU ${String(mtu)}`;
  return {
    reason: type === (family === 4 ? 12 : 4) ? 'protocol' : 'unreachable',
    detail: `${nameOf(family, type, code)}${size} ${says}`,
  };
}

function nameOf(family: Family, type: number, code: number): string {
  if (family === 4) {
    if (type === 3) return UNREACHABLE_4[code] ?? 'unreachable';
    return type === 11 ? timeExceeded(code) : 'parameter problem';
  }
  if (type === 1) return UNREACHABLE_6[code] ?? 'unreachable';
  if (type === 2) return 'packet too big';
  return type === 3 ? timeExceeded(code) : 'parameter problem';
}

function timeExceeded(code: number): string {
  return code === 1 ? 'fragments not reassembled in time' : 'time to live exceeded';
}
