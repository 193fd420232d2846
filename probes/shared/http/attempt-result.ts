import type { AttemptResult } from '../../../src/contracts/probe.ts';
import { formatDuration } from '../../../src/model/duration.ts';
import type { Outcome, Reason } from '../../../src/model/sample.ts';
import type { Exchange, Reply } from './exchange.ts';
import { failureOf } from './failure.ts';
import type { Answer } from './message.ts';

const MOST_DETAIL = 300;

/** Whether an answer was the right one, and what was read out of it. */
export type Judged<T> =
  | ({ readonly ok: true } & T)
  | { readonly ok: false; readonly reason: Reason; readonly detail: string };

/** An exchange and what its answer was judged to be → the sample, with secrets removed from its text. */
export function attemptResult(
  done: Exchange,
  judge: (answer: Answer) => Judged<unknown>,
  redact: (text: string) => string,
): AttemptResult {
  const { sent, closedIdle, fresh, timings } = done;
  const note = closedIdle
    ? 'the idle connection was being closed; sent again on a new one'
    : fresh === null
      ? null
      : `a new connection at once${fresh.instead === null ? '' : ` (${fresh.instead})`}: ${said(fresh)}`;
  const withDetail = (text: string | null) => {
    if (text === null && note === null) return {};
    const parts = [text, note].filter((part) => part !== null);
    // Cut last: half a secret would not be known for one.
    return { detail: redact(parts.join('; ')).slice(0, MOST_DETAIL) };
  };
  if (done.kind !== 'answer') {
    const { outcome, reason, detail } = failureOfReply(done);
    const kind = outcome === 'unsent' || fresh === null ? reason : classed(reason, fresh);
    const left = outcome === 'unsent' ? null : sent;
    const known = fresh === null ? {} : { knownAt: done.at };
    return {
      outcome,
      reason: kind,
      sent: left,
      latency: null,
      timings,
      ...known,
      ...withDetail(detail),
    };
  }
  const judged = judge(done.answer);
  const latency = done.at - sent;
  if (!judged.ok) {
    const { reason, detail } = judged;
    return { outcome: 'failed', reason, sent, latency, timings, ...withDetail(detail) };
  }
  const late = done.late ? { late: true } : {};
  return { outcome: 'ok', reason: 'none', sent, latency, timings, ...late, ...withDetail(null) };
}

type Failure = {
  readonly outcome: Outcome;
  readonly reason: Reason;
  readonly detail: string | null;
};

function failureOfReply(reply: Exclude<Reply, { kind: 'answer' }>): Failure {
  if (reply.kind === 'error') return failureOf(reply.error);
  return { outcome: 'lost', reason: reply.established ? 'stalled' : 'timeout', detail: null };
}

/** Why a new connection could not be set up, other than refused. */
const NOT_SET_UP: readonly Reason[] = ['timeout', 'unreachable', 'dns', 'tls'];

/**
 * The failure of a kept-alive connection, by what a new one gave: refused, or new-connection-failed where it could not be set up, else
 * what it was by itself (reset, closed, stalled).
 */
function classed(reason: Reason, fresh: Reply): Reason {
  if (fresh.kind === 'answer') return reason;
  const { reason: anew } = failureOfReply(fresh);
  if (anew === 'refused') return anew;
  return NOT_SET_UP.includes(anew) ? 'new-connection-failed' : reason;
}

function said(reply: Reply): string {
  if (reply.kind !== 'answer') return failureOfReply(reply).reason;
  return `HTTP ${String(reply.answer.status)} in ${formatDuration(reply.at - reply.sent)}`;
}
