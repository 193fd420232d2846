import type { Reason } from '../../../src/model/sample.ts';
import type { DurationNs, RunNs } from '../../../src/model/time.ts';
import { type HostAddress, isFrom, sameBytes } from '../address.ts';
import type { Received } from './packet.ts';

/** A request on its way. */
export type Echo = {
  readonly attempt: number;
  readonly target: number;
  readonly seq: number;
  readonly address: HostAddress;
  readonly sent: RunNs;
  /** Something odd that was seen of it, for the sample's detail. */
  note: string | null;
  /** Why it will have no answer, as somebody says without proof: believed when none comes. */
  suspicion: Suspicion | null;
};

export type Suspicion = {
  readonly reason: Reason;
  readonly latency: DurationNs;
  readonly detail: string;
};

/** What a received message means. */
export type Match =
  /** The answer to a request that waits for one; it does no longer. */
  | { readonly kind: 'answered'; readonly echo: Echo; readonly length: number }
  /** An ICMP error about a request that waits; it does no longer. */
  | { readonly kind: 'refused'; readonly echo: Echo }
  /** The same without our nonce: the request still waits. */
  | { readonly kind: 'suspected'; readonly echo: Echo }
  /** An answer to a request that has its verdict already. */
  | {
      readonly kind: 'after';
      readonly what: 'late' | 'duplicate';
      readonly target: number;
      readonly seq: number;
      readonly rttNs: DurationNs;
    }
  /** Nobody's, or not to be trusted. */
  | { readonly kind: 'ignored' };

/** The requests that wait for an answer, and those that did until lately. */
export type EchoTable = {
  /** False when a request with the same 16-bit sequence still waits: one of them could be taken for the other. */
  readonly canBegin: (attempt: number) => boolean;
  readonly begin: (echo: Echo) => void;
  /** Ends a request without an answer: one that comes still is `late`. False when it has ended already. */
  readonly expire: (echo: Echo) => boolean;
  readonly match: (received: Received, source: string, at: RunNs) => Match;
  readonly waiting: () => readonly Echo[];
};

type Ended = Pick<Echo, 'target' | 'seq' | 'address' | 'sent'> & { answered: boolean };

const IGNORED: Match = { kind: 'ignored' };

/** Remembers the `remembered` requests that ended last. */
export function createEchoTable(remembered = 32_768): EchoTable {
  const waiting = new Map<number, Echo>();
  /** 16-bit sequence → attempt, of those that wait. */
  const sequences = new Map<number, number>();
  const ended = new Map<number, Ended>();

  const end = (echo: Echo, answered: boolean): void => {
    waiting.delete(echo.attempt);
    sequences.delete(echo.attempt & 0xffff);
    const { target, seq, address, sent } = echo;
    ended.set(echo.attempt, { target, seq, address, sent, answered });
    if (ended.size > remembered) {
      for (const oldest of ended.keys()) {
        ended.delete(oldest);
        break;
      }
    }
  };

  const matchReply = (reply: Received & { kind: 'reply' }, source: string, at: RunNs): Match => {
    const echo = waiting.get(reply.attempt);
    if (echo !== undefined) {
      if (!isFrom(echo.address, source)) {
        echo.note = `answered by ${source}, which is not the target`;
        return IGNORED;
      }
      if (!reply.intact) {
        echo.note = 'answered with a wrong checksum';
        return IGNORED;
      }
      end(echo, true);
      return { kind: 'answered', echo, length: reply.length };
    }
    const past = ended.get(reply.attempt);
    if (past === undefined || !reply.intact || !isFrom(past.address, source)) return IGNORED;
    const what = past.answered ? 'duplicate' : 'late';
    past.answered = true;
    return { kind: 'after', what, target: past.target, seq: past.seq, rttNs: at - past.sent };
  };

  const matchError = (error: Received & { kind: 'error' }): Match => {
    const attempt = error.attempt ?? sequences.get(error.sequence);
    const echo = attempt === undefined ? undefined : waiting.get(attempt);
    if (echo === undefined || !sameBytes(error.destination, echo.address.bytes)) return IGNORED;
    if (error.attempt === null) return { kind: 'suspected', echo };
    end(echo, false);
    return { kind: 'refused', echo };
  };

  return {
    canBegin: (attempt) => !sequences.has(attempt & 0xffff),
    begin: (echo) => {
      waiting.set(echo.attempt, echo);
      sequences.set(echo.attempt & 0xffff, echo.attempt);
    },
    expire: (echo) => {
      if (waiting.get(echo.attempt) !== echo) return false;
      end(echo, false);
      return true;
    },
    match: (received, source, at) =>
      received.kind === 'reply' ? matchReply(received, source, at) : matchError(received),
    waiting: () => [...waiting.values()],
  };
}
