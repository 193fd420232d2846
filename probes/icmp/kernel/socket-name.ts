import ipaddr from 'ipaddr.js';
import { LITTLE_ENDIAN } from '../../../src/platform/libc.ts';
import type { HostAddress } from '../address.ts';
import * as linux from './linux.ts';

/** struct sockaddr_in or sockaddr_in6; the port of ICMP is 0. */
export function socketAddress(address: HostAddress, scope: number): Uint8Array {
  const four = address.family === 4;
  const view = new DataView(new ArrayBuffer(four ? 16 : 28));
  view.setUint16(0, four ? linux.AF_INET : linux.AF_INET6, LITTLE_ENDIAN);
  const bytes = new Uint8Array(view.buffer);
  bytes.set(address.bytes, four ? 4 : 8);
  if (!four) view.setUint32(24, scope, LITTLE_ENDIAN);
  return bytes;
}

/** Whether the struct sockaddr at `offset` is this address. */
export function isAddress(names: DataView, offset: number, address: HostAddress): boolean {
  const four = address.family === 4;
  if (names.getUint16(offset, LITTLE_ENDIAN) !== (four ? linux.AF_INET : linux.AF_INET6))
    return false;
  const at = offset + (four ? 4 : 8);
  const { bytes } = address;
  for (let i = 0; i < bytes.length; i++) {
    if (names.getUint8(at + i) !== bytes[i]) return false;
  }
  return true;
}

/** The struct sockaddr at `offset` as text. */
export function addressAt(view: DataView, offset: number): string {
  const four = view.getUint16(offset, LITTLE_ENDIAN) === linux.AF_INET;
  const [at, length] = four ? [offset + 4, 4] : [offset + 8, 16];
  return ipaddr.fromByteArray([...new Uint8Array(view.buffer, at, length)]).toString();
}
