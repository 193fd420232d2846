import type { Outage } from '../../src/model/analysis.ts';
import { NS_PER_MS } from '../../src/model/time.ts';
import type { RowTimes } from '../shared/engine-run.ts';
import { markdownTable } from '../shared/markdown-table.ts';
import type { MustHold } from '../shared/must-hold.ts';
import { median } from '../shared/quantiles.ts';
import { startEngine } from '../shared/start-engine.ts';
import { type Interval, makeNamespacePair, type NamespacePair } from './namespace-pair.ts';

const EVERY_MS = 10;
const TIMEOUT_MS = 300;
const COUNT = 20;
/** Less lateness is the grain of waking. */
const WAKING_NS = 500_000;
/** Bounds reach from the sending of a ping to the answer of another: by a lateness and a round trip more than whole intervals. */
const GRAIN_MS = 0.6;
/** Of the outages, so many may be held up; with more there is nothing to judge. */
const MOST_HELD_UP = COUNT / 2;

/** Run ms. */
type Span = { readonly from: number; readonly to: number };
/** An outage that was made: it began and ended at some moment of each. */
type Truth = { readonly start: Span; readonly end: Span };
/** What the analysis says about it, ms. */
type Measured = {
  readonly start: number;
  readonly atLeast: number;
  readonly atMost: number;
  /** The machine held the verifier up: an attempt in it was not sent, or the ok one before or after it late. Its bounds are then wider. */
  readonly heldUp: boolean;
};

/**
 * The length of the truth is itself known only to lie in an interval (shortest, longest). `within`: all of it lies in [at least, at most];
 * `open`: part of it does, so nothing contradicts the bounds; `outside`: none of it does, the bounds are wrong.
 */
type Judgement = 'within' | 'open' | 'outside' | 'unseen';

type Injected = {
  readonly truth: Truth;
  readonly measured: Measured | null;
  readonly judgement: Judgement;
};

/** Outages of one length, and what the analysis saw beside them. */
export type Injection = { readonly outages: readonly Injected[]; readonly invented: number };

/** Makes outages of known length behind a veth pair and compares what the analysis says of them. */
export async function measureOutages(): Promise<readonly MustHold[]> {
  const pair = await makeNamespacePair();
  try {
    const long = await inject(pair, 700);
    const short = await inject(pair, 30);
    console.log(`\n${String(COUNT)} outages each, a ping every ${String(EVERY_MS)} ms (ms)\n`);
    console.log(markdownTable([HEAD, row('700 ms', long), row('30 ms', short)]));
    const spreads = long.outages
      .filter(({ measured }) => measured?.heldUp !== true)
      .map(({ measured }) => spreadOf(measured));
    const heldUp = COUNT - spreads.length;
    const spread = Math.max(...spreads);
    const seen = short.outages.filter(({ judgement }) => judgement !== 'unseen').length;
    return [
      bounded('20 outages of 700 ms at 10 ms spacing', long),
      {
        what: '20 outages of 700 ms: bounds at most 2 intervals apart',
        figure: `2 intervals and ${(spread - 2 * EVERY_MS).toFixed(2)} ms (round trip and waking, up to ${String(GRAIN_MS)}); ${String(heldUp)} outages in which the machine held the verifier up are wider`,
        holds: spread <= 2 * EVERY_MS + GRAIN_MS && heldUp <= MOST_HELD_UP,
      },
      {
        what: '20 outages of 30 ms: all seen',
        figure: `${String(seen)} of ${String(COUNT)}`,
        holds: seen === COUNT,
      },
      bounded('20 outages of 30 ms', short),
    ];
  } finally {
    await pair.remove();
  }
}

async function inject(pair: NamespacePair, lengthMs: number): Promise<Injection> {
  const config = {
    engine: 'kernel',
    hosts: [pair.host],
    every: `${String(EVERY_MS)}ms`,
    timeout: `${String(TIMEOUT_MS)}ms`,
    from: { netns: pair.netns },
  };
  const running = await startEngine({
    kind: 'icmp',
    config,
    rows: true,
    held: false,
    oneCore: false,
    warmUpMs: 0,
    analyse: true,
    memoryEveryMs: 0,
  });
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
  const anchor = BigInt(running.anchorNs);
  const span = ({ from, to }: Interval): Span => ({
    from: Number(from - anchor) / NS_PER_MS,
    to: Number(to - anchor) / NS_PER_MS,
  });
  const truths: Truth[] = [];
  await pause(500);
  for (let i = 0; i < COUNT; i++) {
    // Not in step with the pings.
    await pause(400 + Math.random() * 10 * EVERY_MS);
    const began = performance.now();
    const start = span(await pair.drop(true));
    await pause(lengthMs - (performance.now() - began));
    truths.push({ start, end: span(await pair.drop(false)) });
  }
  await pause(500);
  const run = await running.stop();
  const measured = run.outages.map((outage): Measured => {
    const { start, atLeastNs, atMostNs } = outage;
    return {
      start: start / NS_PER_MS,
      atLeast: atLeastNs / NS_PER_MS,
      atMost: (atMostNs ?? Number.POSITIVE_INFINITY) / NS_PER_MS,
      heldUp: isHeldUp(outage, run.rows),
    };
  });
  const outages = truths.map((truth): Injected => {
    const own = measured.filter(({ start }) => belongs(start, truth));
    // In two pieces is not what was made.
    const only = own.length === 1 ? (own[0] ?? null) : null;
    return { truth, measured: only, judgement: judge(truth, only) };
  });
  const invented = measured.filter(({ start }) => !truths.some((truth) => belongs(start, truth)));
  return { outages, invented: invented.length };
}

function isHeldUp({ start, end }: Outage, rows: readonly RowTimes[]): boolean {
  const around = 1.5 * EVERY_MS * NS_PER_MS;
  return rows.some(({ due, sent }) => {
    if (due < start - around || due > end + around) return false;
    if (sent === null) return true;
    return sent - due > WAKING_NS && (due < start || due > end);
  });
}

/** A ping due within its lateness before the drop can be the first to be lost. */
function belongs(start: number, truth: Truth): boolean {
  return start >= truth.start.from - EVERY_MS && start <= truth.end.to;
}

const shortest = ({ start, end }: Truth) => end.from - start.to;
const longest = ({ start, end }: Truth) => end.to - start.from;

function judge(truth: Truth, measured: Measured | null): Judgement {
  if (measured === null) return 'unseen';
  const { atLeast, atMost } = measured;
  if (atLeast <= shortest(truth) && longest(truth) <= atMost) return 'within';
  return atLeast <= longest(truth) && shortest(truth) <= atMost ? 'open' : 'outside';
}

const spreadOf = (measured: Measured | null) =>
  measured === null ? Number.POSITIVE_INFINITY : measured.atMost - measured.atLeast;

/** Whether nothing contradicts the bounds, and how far that was put to the test. */
export function bounded(what: string, { outages, invented }: Injection): MustHold {
  const count = (judgement: Judgement) =>
    outages.filter((outage) => outage.judgement === judgement).length;
  const heldUp = outages.filter(({ measured }) => measured?.heldUp === true).length;
  const wrong = count('outside') + count('unseen') + invented;
  return {
    what: `${what}: the truth lies in [at least, at most]`,
    figure: `${String(count('within'))} within, ${String(count('open'))} open, ${String(count('outside'))} outside, ${String(count('unseen'))} unseen, ${String(invented)} seen that were not made; ${String(heldUp)} held up`,
    holds: wrong === 0 && heldUp <= MOST_HELD_UP,
  };
}

const HEAD = [
  'made',
  'truth, shortest',
  'truth, longest',
  'at least',
  'at most',
  'bounds apart',
  'held up',
  'within / open / outside / unseen',
];

/** Medians over the outages. */
function row(made: string, { outages }: Injection): readonly string[] {
  const seen = outages.flatMap(({ measured }) => measured ?? []);
  const middle = (values: readonly number[]) => median(values).toFixed(2);
  const judged = (['within', 'open', 'outside', 'unseen'] as const).map((judgement) =>
    String(outages.filter((outage) => outage.judgement === judgement).length),
  );
  return [
    made,
    middle(outages.map(({ truth }) => shortest(truth))),
    middle(outages.map(({ truth }) => longest(truth))),
    middle(seen.map(({ atLeast }) => atLeast)),
    middle(seen.map(({ atMost }) => atMost)),
    middle(seen.map(spreadOf)),
    String(seen.filter(({ heldUp }) => heldUp).length),
    judged.join(' / '),
  ];
}
