import { NS_PER_MS, type RunNs } from '../../src/model/time.ts';
import { type WatchEnd, watchOnce } from '../../src/platform/kubernetes-watch.ts';
import { sleep } from '../../src/platform/timers.ts';
import { followed, type WatchLoopOptions, type WatchNews } from './followed.ts';
import type { Snapshot, Versioned } from './object-store.ts';
import type { WatchedResource } from './snapshot.ts';
import { reconnectPause } from './watch-timing.ts';

/**
 * How a stream ended, with the ends that its cross-checks give it. `replaced`: a list has taken its place already. `stopped`:
 * the run is over and the last list agreed. `unopened`: the run was over before there was a stream.
 */
type StreamEnd =
  | Exclude<WatchEnd, { kind: 'aborted' }>
  | { readonly kind: 'expired' | 'replaced' | 'stopped' | 'unopened' };

/** Why the cross-checks of a stream came to an end; `ended` when the stream itself did. */
type ChecksEnd = 'ended' | 'replaced' | 'unconfirmed' | 'stopped';

/** The last cross-check must not hold up the end of the run. */
const LAST_CHECK = { listMs: 2_000, graceMs: 1_000 };

/**
 * Follows one resource from a first list on until `stop`, and never gives up. A watch goes on from the last version it delivered, and versions
 * are continuous: a stream that the server closes in order and that is opened again at once loses nothing and is not blind time. Every other
 * end is: from the last moment the state was known until a list has confirmed that the new stream has caught up. The same list is
 * taken every `relistMs` and once more at the end, because a dead connection looks like a quiet one.
 *
 *     connected ─closed in order─► connected                      not blind
 *     connected ─lost─► connected ─list agrees─► known            blind in between
 *     connected ─410─► relisted ─► connected                      blind in between, changes carry the gap
 *     connected ─list shows more─► relisted ─► connected          blind since the last list that agreed
 */
export async function followResource<T extends Versioned>(
  resource: WatchedResource<T>,
  first: Snapshot<T>,
  news: WatchNews<T>,
  options: WatchLoopOptions,
  stop: AbortSignal,
): Promise<void> {
  const { kubernetes, timing, now, random } = options;
  const state = followed(resource, first, news, options);
  const passed = (since: RunNs, ms: number) => now() - since >= ms * NS_PER_MS;
  let closedAt: RunNs | null = null;
  const endPause = () => {
    if (closedAt !== null && passed(closedAt, timing.seamlessMs)) state.lose();
    closedAt = null;
  };

  /** Until the stream ends, or has to: it cannot be relied on, or the run is over. */
  const keepChecking = async (ended: AbortSignal): Promise<ChecksEnd> => {
    const rest = AbortSignal.any([ended, stop]);
    let failingSince: RunNs | null = null;
    let pause = state.isLost() ? 0 : timing.relistMs;
    for (;;) {
      await sleep(pause, rest);
      const last = stop.aborted;
      const result = ended.aborted
        ? 'failed'
        : await state.crossCheck(last ? LAST_CHECK : timing, ended);
      if (ended.aborted) return 'ended';
      if (result === 'failed') {
        failingSince ??= now();
        if (last || passed(failingSince, timing.patienceMs)) return 'unconfirmed';
      } else if (last) return 'stopped';
      else if (result === 'adopted') return 'replaced';
      else failingSince = null;
      pause = result === 'failed' ? timing.retryMs : timing.relistMs;
    }
  };

  const stream = async (): Promise<StreamEnd> => {
    const controller = new AbortController();
    const giveUpOpening = () => {
      controller.abort();
    };
    stop.addEventListener('abort', giveUpOpening);
    const seen: { checks: Promise<ChecksEnd>; expired: boolean } = {
      checks: Promise.resolve('ended'),
      expired: false,
    };
    const end = await watchOnce(kubernetes, resource.path, {
      query: {
        ...resource.query,
        resourceVersion: state.version(),
        timeoutSeconds: String(Math.round(240 + random() * 60)),
      },
      signal: controller.signal,
      openMs: timing.openMs,
      silenceMs: timing.silenceMs,
      onOpen: () => {
        stop.removeEventListener('abort', giveUpOpening);
        endPause();
        state.heard();
        news.watch('connected', { version: state.version() });
        seen.checks = keepChecking(controller.signal).then((why) => {
          controller.abort();
          return why;
        });
      },
      onEvent: (event) => {
        const taken = state.take(event);
        if (taken === 'taken') return null;
        seen.expired = taken === 'expired';
        return taken === 'expired' ? 'the version is too old' : taken.why;
      },
    });
    stop.removeEventListener('abort', giveUpOpening);
    controller.abort();
    const checked = await seen.checks;
    if (seen.expired || (end.kind === 'refused' && end.status === 410)) return { kind: 'expired' };
    if (end.kind !== 'aborted') return end;
    switch (checked) {
      case 'unconfirmed':
        return { kind: 'broken', why: 'the list to check it by could not be had' };
      case 'replaced':
      case 'stopped':
        return { kind: checked };
      case 'ended':
        return { kind: 'unopened' };
    }
  };

  /** What the end of a stream means for what is known. */
  const weigh = (end: StreamEnd) => {
    switch (end.kind) {
      case 'closed':
        closedAt = now();
        news.watch('closed', { version: state.version() });
        return;
      case 'expired':
        state.lose();
        news.watch('lost', { why: `version ${state.version()} is too old` });
        return;
      case 'refused':
        state.lose();
        news.watch('lost', { why: end.why, status: end.status });
        return;
      case 'broken':
        state.lose();
        news.watch('lost', { why: end.why });
        return;
      case 'replaced':
      case 'stopped':
      case 'unopened':
        return;
    }
  };

  /** The run ends without a stream that was checked: only a list can tell that nothing has happened since. */
  const checkAtEnd = async () => {
    const never = new AbortController().signal;
    if ((await state.crossCheck(LAST_CHECK, never)) === 'failed') state.lose();
  };

  let unsteady = 0;
  let relistNext = false;
  let checked = false;
  while (!stop.aborted) {
    if (relistNext) {
      relistNext = !(await state.relist('version expired', stop));
      unsteady++;
    } else {
      const begun = now();
      const end = await stream();
      unsteady = passed(begun, timing.steadyMs) ? 0 : unsteady + 1;
      weigh(end);
      checked = end.kind === 'stopped';
      relistNext = end.kind === 'expired';
      // The list comes at once: every moment until it has come is blind.
      if (relistNext && unsteady <= 1) continue;
    }
    await sleep(reconnectPause(timing, unsteady, random()), stop);
  }
  endPause();
  if (!checked && !state.isLost()) await checkAtEnd();
  if (state.isLost()) state.regain();
}
