import ipaddr from 'ipaddr.js';
import { parseAddress, unpingable } from './address.ts';

/** The most hosts one range may hold. */
const MOST = 16_384;

/** Addresses and names as they are, and for a range (`10.0.0.0/28`) each of its hosts, in order. */
export function expandHosts(hosts: readonly string[]): readonly string[] {
  return hosts.flatMap((text) => {
    if (!text.includes('/')) return [text];
    return rangeProblem(text) === null ? hostsOf(text) : [];
  });
}

/** Why this is no range of hosts to ping; null when it is one. */
export function rangeProblem(text: string): string | null {
  // Four decimal parts only: 010.0.0.0 and 10.1 mean other addresses than they seem to.
  const written = parseAddress(text.slice(0, text.indexOf('/')));
  if (written === null || !ipaddr.isValidCIDR(text))
    return `"${text}" is not a range such as 10.0.0.0/28`;
  const [address, prefix] = ipaddr.parseCIDR(text);
  const bits = address.toByteArray().length * 8 - prefix;
  if (2 ** bits > MOST) return `${text} holds more than ${String(MOST)} addresses`;
  const first = ipaddr.fromByteArray(networkOf(text).bytes);
  if (address.toByteArray().join() !== first.toByteArray().join())
    return `${text} has bits beyond its prefix: the range is ${first.toString()}/${String(prefix)}`;
  // The kinds of addresses that no host has fill ranges of their own: the first and the last tell.
  const hosts = hostsOf(text);
  for (const host of [hosts[0], hosts.at(-1)]) {
    const known = host === undefined ? null : parseAddress(host);
    const problem = known === null ? null : unpingable(known);
    if (problem !== null) return problem;
  }
  return null;
}

/** Without the network and broadcast addresses of IPv4 and the router anycast address of IPv6, where the range has room for them. */
function hostsOf(text: string): readonly string[] {
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
