import { parseDuration } from '../../src/model/duration.ts';
import type { EventKind, Json, RunEvent } from '../../src/model/event.ts';
import type { Outcome, Reason, Sample } from '../../src/model/sample.ts';
import { FLAG } from '../../src/model/sample.ts';
import { NS_PER_MS } from '../../src/model/time.ts';

const MEANING: Readonly<Record<string, readonly [Outcome, Reason, number]>> = {
  '.': ['ok', 'none', 0],
  d: ['ok', 'none', FLAG.disturbed],
  r: ['ok', 'none', FLAG.late],
  x: ['lost', 'timeout', 0],
  f: ['failed', 'refused', 0],
  '-': ['unsent', 'verifier-stalled', 0],
  l: ['unsent', 'late', 0],
};

/**
 * `..xx-.` → samples of one target, one every `intervalMs`: `.` ok, `d` ok but disturbed, `r` ok but read late, `x` timeout,
 * `f` refused, `-` stalled, `l` late, `~` no row at all. White space is ignored.
 */
export function samplesOf(
  text: string,
  options: {
    readonly intervalMs: number;
    readonly offsetMs?: number;
    readonly latencyMs?: number;
    readonly target?: number;
  },
): Sample[] {
  const { intervalMs, offsetMs = 0, latencyMs = 2, target = 0 } = options;
  return Array.from(text.replaceAll(/\s/g, ''), (letter) => letter).flatMap(
    (letter, seq): Sample[] => {
      if (letter === '~') return [];
      const meaning = MEANING[letter];
      if (meaning === undefined) throw new Error(`unknown letter ${letter}`);
      const [outcome, reason, flags] = meaning;
      const due = (offsetMs + seq * intervalMs) * NS_PER_MS;
      const answered = outcome === 'ok' || outcome === 'failed';
      return [
        {
          target,
          seq,
          due,
          sent: outcome === 'unsent' ? null : due,
          latency: answered ? latencyMs * NS_PER_MS : null,
          outcome,
          reason,
          flags,
          detail: null,
          timings: null,
        },
      ];
    },
  );
}

/** An event with only what matters said; times are durations such as `1.5s`. */
export type ShortEvent = {
  readonly at: string;
  readonly kind: EventKind;
  readonly what: string;
  readonly name?: string;
  readonly uid?: string;
  readonly end?: string;
  readonly probe?: string;
  readonly target?: string;
  readonly detail?: { readonly [key: string]: Json };
};

const SUBJECT: Readonly<Partial<Record<EventKind, string>>> = {
  phase: 'phase',
  step: 'step',
  pod: 'Pod',
  node: 'Node',
  workload: 'Deployment',
};

export function eventOf(short: ShortEvent): RunEvent {
  const { kind, what, name } = short;
  return {
    kind,
    what,
    at: parseDuration(short.at) ?? Number.NaN,
    end: short.end === undefined ? null : parseDuration(short.end),
    probe: short.probe ?? null,
    target: short.target ?? null,
    subject:
      name === undefined ? null : { kind: SUBJECT[kind] ?? kind, name, uid: short.uid ?? null },
    serverTime: null,
    detail: short.detail ?? {},
  };
}

/** `baseline` from 0, `upgrade` and `settle` as given, all ended. */
export function phaseEvents(upgrade: string, settle: string, end: string): RunEvent[] {
  const phase = (name: string, from: string, to: string) => [
    eventOf({ at: from, kind: 'phase', what: 'start', name }),
    eventOf({ at: to, kind: 'phase', what: 'end', name }),
  ];
  return [
    ...phase('baseline', '0', upgrade),
    ...phase('upgrade', upgrade, settle),
    ...phase('settle', settle, end),
  ];
}
