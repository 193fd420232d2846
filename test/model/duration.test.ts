import { expect } from 'chai';
import fc from 'fast-check';
import { formatDuration, parseDuration } from '../../src/model/duration.ts';

const UNITS = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9, d: 86_400e9 };

describe('durations', () => {
  it('are read with any units, one after the other', () => {
    expect(parseDuration('20ms')).to.equal(20e6);
    expect(parseDuration('1.5s')).to.equal(1.5e9);
    expect(parseDuration('1m30s')).to.equal(90e9);
    expect(parseDuration('1h0m0.5s')).to.equal(3600.5e9);
    expect(parseDuration('0')).to.equal(0);
  });

  it('are refused without a unit, with a sign, with blanks or beyond what a number holds', () => {
    for (const text of [
      '',
      '1',
      '1 s',
      ' 1s',
      '1s ',
      '-1s',
      '1e3s',
      '.5s',
      '1.s',
      's',
      '1w',
      '1S',
      '999999999d',
    ]) {
      expect(parseDuration(text), text).to.equal(null);
    }
  });

  it('in one unit are the number times the unit', () => {
    const part = fc.tuple(fc.nat(20), fc.constantFrom(...Object.entries(UNITS)));
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), (parts) => {
        const text = parts.map(([count, [unit]]) => `${String(count)}${unit}`).join('');
        const sum = parts.reduce((total, [count, [, ns]]) => total + count * ns, 0);
        expect(parseDuration(text)).to.equal(sum);
      }),
    );
  });

  it('never throw, and are whole ns that a double holds', () => {
    const near = fc.stringMatching(/^[0-9.nuµmshd -]{0,12}$/);
    fc.assert(
      fc.property(fc.oneof(fc.string(), near), (text) => {
        const ns = parseDuration(text);
        expect(ns === null || (Number.isSafeInteger(ns) && ns >= 0)).to.equal(true);
      }),
    );
  });

  it('are shown with three figures, and read back within one percent', () => {
    expect(formatDuration(20e6)).to.equal('20ms');
    expect(formatDuration(1_234_567_890)).to.equal('1.23s');
    expect(formatDuration(90e9)).to.equal('1m30s');
    expect(formatDuration(0)).to.equal('0ms');
    expect(formatDuration(-5e6)).to.equal('-5ms');
    const anyNs = fc.oneof(
      fc.integer({ min: 1, max: 1e9 }),
      fc.maxSafeNat().filter((ns) => ns > 0),
    );
    fc.assert(
      fc.property(anyNs, (ns) => {
        const back = parseDuration(formatDuration(ns));
        expect(Math.abs((back ?? 0) - ns)).to.be.at.most(Math.max(ns * 0.01, 0.5));
      }),
    );
  });

  it('are shown and read without loss when they have three figures or are whole seconds', () => {
    const unit = fc.constantFrom(1e3, 1e6);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999 }), unit, (count, ns) => {
        expect(parseDuration(formatDuration(count * ns))).to.equal(count * ns);
      }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 60, max: 9e6 }), (seconds) => {
        expect(parseDuration(formatDuration(seconds * 1e9))).to.equal(seconds * 1e9);
      }),
    );
  });
});
