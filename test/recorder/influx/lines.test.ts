import { expect } from 'chai';
import fc from 'fast-check';
import { createPhases } from '../../../src/analysis/phases.ts';
import { OUTCOMES, REASONS } from '../../../src/model/sample.ts';
import { backoffMs, retryAfterMs } from '../../../src/recorder/influx/backoff.ts';
import { eventLines } from '../../../src/recorder/influx/event-line.ts';
import { sampleLines } from '../../../src/recorder/influx/sample-line.ts';
import { tagSet, tagText, targetTags } from '../../../src/recorder/influx/tag-sets.ts';
import { type Boundary, createTimeline } from '../../../src/recorder/influx/timeline.ts';
import { wallTimes } from '../../../src/recorder/influx/wall-time.ts';
import { event, META, target } from '../recorded.ts';
import { parseLine } from './line-parser.ts';

/** Texts that line protocol finds hard, and any other. */
const hardText = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', ' ', ',', '=', '"', '\\', '\n', '\t', 'ü', '\r', '\0') }),
  fc.string({ unit: 'grapheme' }),
);
const runNs = fc.integer({ min: 0, max: 8_985_600_000_000_000 });

describe('lines of the time-series store', () => {
  it('are points that InfluxDB reads as they were, whatever the names hold', () => {
    fc.assert(
      fc.property(
        fc.array(hardText, { minLength: 1, maxLength: 4 }),
        hardText,
        fc.record({
          seq: fc.nat(4_294_967_295),
          due: runNs,
          sent: fc.oneof(runNs, fc.constant(Number.NaN)),
          latency: fc.oneof(runNs, fc.constant(Number.NaN)),
          outcome: fc.constantFrom(...OUTCOMES),
          reason: fc.constantFrom(...REASONS),
          flags: fc.nat(3),
          detail: fc.option(hardText),
          timings: fc.option(
            fc.array(fc.oneof(runNs, fc.constant(Number.NaN)), { minLength: 4, maxLength: 4 }),
          ),
        }),
        fc.nat(3),
        (names, stepName, row, which) => {
          const targetId = which % names.length;
          const probe = { name: 'vm', kind: 'icmp', control: false, engine: null };
          const plan = { ...META.plan, probes: [{ ...probe, targets: names.map(target) }] };
          const timeline = createTimeline();
          timeline.add({ kind: 'step', name: stepName, what: 'start', at: 0 });
          const line = sampleLines({ ...META, plan }, timeline)({ ...row, targetId });
          expect(line).not.to.match(/[\n\r\0]/);
          const point = parseLine(line);
          if (typeof point === 'string') throw new Error(`${point}: ${line}`);
          expect(BigInt(point.time)).to.equal(META.anchor.wallNs + BigInt(row.due));
          expect(point.fields).to.include({ seq: `${String(row.seq)}i` });
          const step = tagText(stepName);
          expect(point.tags).to.deep.equal({
            run: META.plan.run,
            scenario: META.plan.scenario,
            probe: 'vm',
            target: targetTags(plan)[targetId]?.target,
            outcome: row.outcome,
            ...(step === '' ? {} : { step }),
          });
        },
      ),
    );
  });

  it('never give two targets of a probe the same tags', () => {
    fc.assert(
      fc.property(fc.array(hardText, { maxLength: 12 }), (names) => {
        const probe = { name: 'vm', kind: 'icmp', control: false, engine: null };
        const plan = { ...META.plan, probes: [{ ...probe, targets: names.map(target) }] };
        const tags = targetTags(plan).map((each) => tagSet('m', each));
        expect(new Set(tags).size).to.equal(names.length);
      }),
    );
    const probe = { name: 'vm', kind: 'icmp', control: false, engine: null };
    const plan = {
      ...META.plan,
      probes: [{ ...probe, targets: ['a', 'a\\', 'a/', 'a (2)', 'a'].map(target) }],
    };
    expect(targetTags(plan).map((each) => each.target)).to.deep.equal([
      'a',
      'a/',
      'a/ (2)',
      'a (2)',
      'a (3)',
    ]);
  });

  it('give every sample of a target a time of its own: the shortest interval that a schedule can have is 1 ns', () => {
    const wall = wallTimes(META.anchor);
    fc.assert(
      fc.property(
        fc.double({ min: 1, max: 1e9, noNaN: true }),
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        fc.nat(1_000_000),
        (interval, offset, seq) => {
          const [one, next] = [seq, seq + 1].map((nth) => wall(offset + nth * interval));
          expect(BigInt(next ?? 0) > BigInt(one ?? 0), `${String(one)} ${String(next)}`).to.equal(
            true,
          );
        },
      ),
    );
  });

  it('have the wall time to the ns', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1_500_000_000_000_000_000n, max: 1_999_999_999_999_999_999n }),
        fc.integer({ min: -1_000_000_000, max: 8_985_600_000_000_000 }),
        (wallNs, at) => {
          const wall = wallTimes({ monotonicNs: 0n, wallNs });
          expect(wall(at)).to.equal(String(wallNs + BigInt(at)));
        },
      ),
    );
  });

  it('keep events of one instant apart by their position, and the time to the ms', () => {
    fc.assert(
      fc.property(runNs, fc.nat(2_000_000), (at, position) => {
        const line = eventLines(META, createTimeline());
        const one = event({ at, kind: 'pod', what: 'seen' });
        const times = [position, position + 1].map((nth) => {
          const point = parseLine(line(one, nth));
          if (typeof point === 'string') throw new Error(point);
          expect(point.fields['at_ns']).to.equal(`${String(at)}i`);
          return BigInt(point.time);
        });
        expect(times[0]).not.to.equal(times[1]);
        const ms = (META.anchor.wallNs + BigInt(at)) / 1_000_000n;
        expect(times.map((time) => time / 1_000_000n)).to.deep.equal([ms, ms]);
      }),
    );
  });
});

describe('phase and step of a point', () => {
  const boundaries: readonly Boundary[] = [
    { kind: 'phase', name: 'baseline', what: 'start', at: 10 },
    { kind: 'phase', name: 'baseline', what: 'end', at: 100 },
    { kind: 'phase', name: 'upgrade', what: 'start', at: 101 },
    { kind: 'step', name: 'one', what: 'start', at: 110 },
    { kind: 'step', name: 'one', what: 'end', at: 150 },
    { kind: 'step', name: 'two', what: 'start', at: 160 },
    { kind: 'step', name: 'two', what: 'end', at: 190 },
    { kind: 'step', name: 'three', what: 'skipped', at: 190 },
    { kind: 'phase', name: 'upgrade', what: 'end', at: 200 },
    { kind: 'phase', name: 'settle', what: 'start', at: 201 },
    { kind: 'phase', name: 'settle', what: 'end', at: 300 },
  ];

  it('are those of the analysis, and of the step that was under way', () => {
    const timeline = createTimeline();
    const phases = createPhases();
    for (const { kind, name, what, at } of boundaries) {
      timeline.add({ kind, name, what, at });
      if (kind === 'phase') {
        phases.event(event({ kind, what, at, subject: { kind, name, uid: null } }));
      }
    }
    for (let at = 0; at <= 310; at++) {
      expect(timeline.at(at).phase, String(at)).to.equal(phases.at(at));
      const step = at >= 110 && at <= 150 ? 'one' : at >= 160 && at <= 190 ? 'two' : null;
      expect(timeline.at(at).step, String(at)).to.equal(step);
    }
  });

  it('do not change when later boundaries become known: a point that is sent again keeps its tags', () => {
    const whole = createTimeline();
    for (const each of boundaries) whole.add(each);
    const early = createTimeline();
    let known = 0;
    for (let at = 0; at <= 310; at++) {
      // An end and the start after it are recorded in one turn, so both are known or neither.
      while ((boundaries[known]?.at ?? Number.POSITIVE_INFINITY) <= at + 1) {
        const next = boundaries[known++];
        if (next !== undefined) early.add(next);
      }
      expect(early.at(at), String(at)).to.deep.equal(whole.at(at));
    }
  });
});

describe('waiting for a store', () => {
  it('is longer after each failure up to a limit, and jittered', () => {
    const half = (nth: number) => backoffMs('busy', nth, null, () => 0.5);
    expect([0, 1, 2, 6, 7, 1000].map(half)).to.deep.equal([375, 750, 1500, 22_500, 22_500, 22_500]);
    expect(backoffMs('refusing', 0, null, () => 0)).to.equal(2500);
    expect(backoffMs('refusing', 9, null, () => 1)).to.equal(60_000);
  });

  it('is what Retry-After says, in seconds or as a date', () => {
    expect(retryAfterMs('120', 0)).to.equal(120_000);
    expect(retryAfterMs(' 1.5 ', 0)).to.equal(1500);
    const now = Date.parse('2026-11-25T12:00:00Z');
    expect(retryAfterMs('Wed, 25 Nov 2026 12:00:30 GMT', now)).to.equal(30_000);
    expect(retryAfterMs('Wed, 25 Nov 2026 11:00:00 GMT', now)).to.equal(0);
    expect([null, '', 'soon', '-5'].map((text) => retryAfterMs(text, now))).to.deep.equal([
      null,
      null,
      null,
      null,
    ]);
    expect(backoffMs('busy', 9, 2000, () => 0)).to.equal(2000);
  });
});
