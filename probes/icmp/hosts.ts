import ipaddr from 'ipaddr.js';

/** The most hosts one range may hold. */
const MOST = 16_384;

/** Addresses and names as they are, and for a range (`10.0.0.0/28`) each of its hosts, in order. */
export function expandHosts(hosts: readonly string[]): readonly string[] {
  return hosts.flatMap((text) => (text.includes('/') ? hostsOf(text) : [text]));
}

/** Why this is no range of hosts to ping; null when it is one. */
export function rangeProblem(text: string): string | null {
  if (!ipaddr.isValidCIDR(text)) return `"${text}" is not a range such as 10.0.0.0/28`;
  const [address, prefix] = ipaddr.parseCIDR(text);
  const bits = address.toByteArray().length * 8 - prefix;
  if (2 ** bits > MOST) return `${text} holds more than ${String(MOST)} addresses`;
  const first = ipaddr.fromByteArray(networkOf(text).bytes);
  if (first.range() === 'multicast') return `${text} is multicast: no one host answers for it`;
  return address.toByteArray().join() === networkOf(text).bytes.join()
    ? null
    : `${text} has bits beyond its prefix: the range is ${first.toString()}/${String(prefix)}`;
}

/** Without the network and broadcast addresses of IPv4 and the router anycast address of IPv6, where the range has room for them. */
function hostsOf(text: string): readonly string[] {
  if (rangeProblem(text) !== null) return [];
  const { bytes, bits } = networkOf(text);
  const count = 2 ** bits;
  const four = bytes.length === 4;
  const [from, to] = bits < 2 ? [0, count] : [1, four ? count - 1 : count];
  return Array.from({ length: to - from }, (_, i) => {
    const host = [...bytes];
    const number = from + i;
    const last = host.length - 1;
    host[last] = (host[last] ?? 0) + (number & 0xff);
    host[last - 1] = (host[last - 1] ?? 0) + (number >> 8);
    return ipaddr.fromByteArray(host).toString();
  });
}

function networkOf(text: string): { readonly bytes: number[]; readonly bits: number } {
  const [address, prefix] = ipaddr.parseCIDR(text);
  const bytes = address.toByteArray();
  const bits = bytes.length * 8 - prefix;
  const network = bytes.map((byte, i) => {
    const free = Math.min(8, Math.max(0, bits - 8 * (bytes.length - 1 - i)));
    return byte & (0xff << free) & 0xff;
  });
  return { bytes: network, bits };
}
