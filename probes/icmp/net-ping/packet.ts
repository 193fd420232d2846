import type { Family } from '../address.ts';
import { isDeliveryError } from '../icmp-error.ts';
import { type Identity, NONCE_BYTES as NONCE, TAG_BYTES } from '../identity.ts';

const HEADER = 8;

/**
 * Makes an echo request (header, zeros) one that only this attempt's reply can match. The checksum is the sender's for IPv4;
 * for IPv6 the kernel writes it.
 */
export function tagRequest(
  packet: Buffer,
  family: Family,
  identity: Identity,
  attempt: number,
): Buffer {
  identity.nonce.copy(packet, HEADER);
  packet.writeUInt32BE(attempt >>> 0, HEADER + NONCE);
  packet.writeUInt16BE(0, 2);
  if (family === 4) packet.writeUInt16BE(checksum(packet, 0, packet.length), 2);
  return packet;
}

/** A received message that concerns one of this probe's requests. */
export type Received =
  | {
      readonly kind: 'reply';
      readonly attempt: number;
      /** Bytes of the ICMP message, header included. */
      readonly length: number;
      readonly intact: boolean;
    }
  | {
      readonly kind: 'error';
      /** Null when the quotation was too short to hold it: then `sequence` is all there is, and anybody may have written it. */
      readonly attempt: number | null;
      readonly sequence: number;
      readonly type: number;
      readonly code: number;
      /** Where the request was going. */
      readonly destination: readonly number[];
      /** For "packet too big". */
      readonly mtu: number | null;
    };

/**
 * A message of a raw ICMP socket → what it says about a request of ours; null for all else (requests, other people's
 * packets, truncated or malformed ones). IPv4 messages begin with the IP header, IPv6 ones with the ICMP header.
 */
export function parseMessage(message: Buffer, family: Family, identity: Identity): Received | null {
  const start = family === 4 ? ipv4PayloadOf(message, 0) : 0;
  if (start === null || message.length < start + HEADER) return null;
  const type = message.readUInt8(start);
  if (type === (family === 4 ? 0 : 129)) return parseReply(message, start, family, identity);
  return isDeliveryError(family, type) ? parseError(message, start, family, identity) : null;
}

function parseReply(
  message: Buffer,
  start: number,
  family: Family,
  identity: Identity,
): Received | null {
  if (message.readUInt16BE(start + 4) !== identity.id) return null;
  const attempt = attemptOf(message, start, identity);
  if (attempt === null) return null;
  // A raw IPv4 socket is handed messages before the kernel has checked their sum; an IPv6 one after.
  const intact = family === 6 || checksum(message, start, message.length) === 0;
  return { kind: 'reply', attempt, length: message.length - start, intact };
}

function parseError(
  message: Buffer,
  start: number,
  family: Family,
  identity: Identity,
): Received | null {
  const quoted = start + HEADER;
  const inner = family === 4 ? ipv4PayloadOf(message, quoted) : ipv6PayloadOf(message, quoted);
  if (inner === null || message.length < inner + HEADER) return null;
  if (message.readUInt8(inner) !== (family === 4 ? 8 : 128)) return null;
  if (message.readUInt16BE(inner + 4) !== identity.id) return null;
  const tag = inner + HEADER;
  const quotedNonce = Math.min(NONCE, message.length - tag);
  if (message.compare(identity.nonce, 0, quotedNonce, tag, tag + quotedNonce) !== 0) return null;
  const tagged = message.length >= tag + TAG_BYTES;
  const attempt = attemptOf(message, inner, identity);
  if (tagged && attempt === null) return null;
  const type = message.readUInt8(start);
  const code = message.readUInt8(start + 1);
  const destination =
    family === 4
      ? message.subarray(quoted + 16, quoted + 20)
      : message.subarray(quoted + 24, quoted + 40);
  return {
    kind: 'error',
    attempt,
    sequence: message.readUInt16BE(inner + 6),
    type,
    code,
    destination: [...destination],
    mtu: mtuOf(message, start, family, type, code),
  };
}

/** The attempt a tagged echo message belongs to; null when it does not carry our nonce or its halves disagree. */
function attemptOf(message: Buffer, start: number, identity: Identity): number | null {
  const tag = start + HEADER;
  if (message.length < tag + TAG_BYTES) return null;
  if (message.compare(identity.nonce, 0, NONCE, tag, tag + NONCE) !== 0) return null;
  const attempt = message.readUInt32BE(tag + NONCE);
  return (attempt & 0xffff) === message.readUInt16BE(start + 6) ? attempt : null;
}

/** Where the ICMP message of an IPv4 packet begins; null when it is none, is cut off or a later fragment. */
function ipv4PayloadOf(message: Buffer, at: number): number | null {
  if (message.length < at + 20) return null;
  const first = message.readUInt8(at);
  const length = (first & 0x0f) * 4;
  if (first >> 4 !== 4 || length < 20 || message.readUInt8(at + 9) !== 1) return null;
  const fragmentOffset = message.readUInt16BE(at + 6) & 0x1fff;
  return fragmentOffset === 0 ? at + length : null;
}

/** The same for a quoted IPv6 packet; a first fragment has a header of 8 bytes more. */
function ipv6PayloadOf(message: Buffer, at: number): number | null {
  if (message.length < at + 40 || message.readUInt8(at) >> 4 !== 6) return null;
  const next = message.readUInt8(at + 6);
  if (next === 58) return at + 40;
  if (next !== 44 || message.length < at + 48) return null;
  const firstFragment = message.readUInt16BE(at + 42) >> 3 === 0;
  return firstFragment && message.readUInt8(at + 40) === 58 ? at + 48 : null;
}

function mtuOf(
  message: Buffer,
  start: number,
  family: Family,
  type: number,
  code: number,
): number | null {
  if (family === 6) return type === 2 ? message.readUInt32BE(start + 4) : null;
  return type === 3 && code === 4 ? message.readUInt16BE(start + 6) : null;
}

/** The Internet checksum (RFC 1071) of [from, to): 0 over a message that carries a right one. */
export function checksum(bytes: Buffer, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i + 1 < to; i += 2) sum += bytes.readUInt16BE(i);
  if ((to - from) % 2 === 1) sum += bytes.readUInt8(to - 1) << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
