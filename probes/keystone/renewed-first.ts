import type { AttemptResult } from '../../src/contracts/probe.ts';
import { formatDuration } from '../../src/model/duration.ts';
import type { DurationNs, RunNs } from '../../src/model/time.ts';
import type { ExchangeOptions } from '../shared/http/exchange.ts';
import type { Token } from '../shared/identity/answer.ts';
import type { HeldToken } from '../shared/identity/held-token.ts';

type Done = { readonly result: AttemptResult; readonly closedIdle: boolean };

/**
 * Makes an attempt whose token has expired: a new one is got first, within the same deadline. Whoever needs a token feels both, so the attempt
 * began when the waiting did, and its latency has the waiting in it:
 *
 *     begins to wait 0 s, token 0.8 s, asked and answered 1 s      → ok, sent 0 s, latency 1 s
 *     begins to wait 0 s, token 1.9 s, no answer by 2 s (timeout)  → lost: timeout
 *     begins to wait 0 s, no token: HTTP 503 at 0.3 s              → failed: http-5xx, sent 0 s, latency 0.3 s
 */
export async function renewedFirst(
  held: HeldToken,
  over: ExchangeOptions,
  ask: (token: Token, over: ExchangeOptions) => Promise<Done>,
): Promise<Done> {
  const { now, timeoutNs } = over;
  const began = now();
  const token = await held.renewed();
  if ('outcome' in token) return { result: since(began, token), closedIdle: false };
  const waitedNs = now() - began;
  const leftNs = timeoutNs - waitedNs;
  if (leftNs <= 0) return { result: tooLate(began, waitedNs), closedIdle: false };
  const { result, closedIdle } = await ask(token, { ...over, timeoutNs: leftNs });
  return { result: explained(since(began, result), waitedNs), closedIdle };
}

/** As of when the waiting began. What was not sent at all stays so. */
function since(began: RunNs, result: AttemptResult): AttemptResult {
  const { sent, latency } = result;
  if (sent === null) return result;
  return { ...result, sent: began, latency: latency === null ? null : sent + latency - began };
}

function explained(result: AttemptResult, waitedNs: DurationNs): AttemptResult {
  const first = renewal(waitedNs);
  if (result.outcome !== 'lost') {
    return { ...result, detail: said(first, result.detail) };
  }
  // It had only what the renewal left of its time: that its connection stalled is half of it.
  return { ...result, reason: 'timeout', detail: said(first, result.reason, result.detail) };
}

function tooLate(sent: RunNs, waitedNs: DurationNs): AttemptResult {
  return {
    outcome: 'lost',
    reason: 'timeout',
    sent,
    latency: null,
    detail: renewal(waitedNs),
  };
}

function renewal(waitedNs: DurationNs): string {
  return `the token had to be renewed first, which took ${formatDuration(waitedNs)}`;
}

function said(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join('; ');
}
