import ipaddr from 'ipaddr.js';

export type Family = 4 | 6;

/** Where echo requests go and replies must come from. */
export type HostAddress = {
  readonly family: Family;
  /** For sending: with the zone of a link-local address (`fe80::1%eth0`). */
  readonly destination: string;
  /** Without the zone. */
  readonly text: string;
  readonly bytes: readonly number[];
};

/** `10.0.0.5`, `fe80::1%eth0` → where to send and what to compare; null when the text is not an IP address. */
export function parseAddress(text: string): HostAddress | null {
  if (!ipaddr.IPv4.isValidFourPartDecimal(text) && !ipaddr.IPv6.isValid(text)) return null;
  const address = ipaddr.process(text);
  const bytes = address.toByteArray();
  if (address instanceof ipaddr.IPv4) {
    return { family: 4, destination: address.toString(), text: address.toString(), bytes };
  }
  const zone = address.zoneId === undefined || address.zoneId === '' ? '' : `%${address.zoneId}`;
  const bare = ipaddr.fromByteArray(bytes).toString();
  return { family: 6, destination: `${bare}${zone}`, text: bare, bytes };
}

/** Why no single host answers at this address; null when one can. */
export function unpingable(address: HostAddress): string | null {
  const range = ipaddr.fromByteArray([...address.bytes]).range();
  if (range !== 'unspecified' && range !== 'multicast' && range !== 'broadcast') return null;
  return `${address.text} is ${range}: no one host answers for it`;
}

/** Whether the source of a received packet, as the system writes it, is this address. */
export function isFrom(address: HostAddress, source: string): boolean {
  if (source === address.text) return true;
  // The system writes some IPv6 addresses otherwise than RFC 5952 does (`::1.2.3.4`), so a differing text proves nothing.
  const other = address.family === 6 ? parseAddress(source) : null;
  return other !== null && sameBytes(other.bytes, address.bytes);
}

export function sameBytes(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
