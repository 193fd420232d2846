import { expect } from 'chai';
import fc from 'fast-check';
import { createStallWatch } from '../../src/engine/stall-watch.ts';

const MS = 1e6;

describe('stall watch', () => {
  it('does not call the grain of timers a stall', () => {
    const watch = createStallWatch(0);
    for (const at of [10, 25, 45, 64]) expect(watch.tick(at * MS)).to.equal(null);
    expect(watch.within(0, 80 * MS)).to.equal(0);
  });

  it('reports a stall at the tick that ends it, from when a tick was expected', () => {
    const watch = createStallWatch(0);
    expect(watch.tick(510 * MS)).to.deep.equal({ start: 10 * MS, end: 510 * MS });
    expect(watch.within(0, 520 * MS)).to.equal(500 * MS);
    expect(watch.within(260 * MS, 520 * MS)).to.equal(250 * MS);
    expect(watch.within(520 * MS, 530 * MS)).to.equal(0);
  });

  it('counts a stall before any tick has seen it', () => {
    const watch = createStallWatch(0);
    expect(watch.within(100 * MS, 400 * MS)).to.equal(300 * MS);
  });

  it('counts the time the machine was suspended, which the monotonic clock does not show', () => {
    const watch = createStallWatch(0, 7_000 * MS);
    watch.slept(7_010 * MS, 50 * MS);
    watch.tick(20 * MS);
    watch.tick(40 * MS);
    expect(watch.within(0, 50 * MS)).to.equal(0);
    watch.slept(607_010 * MS, 55 * MS);
    watch.tick(60 * MS);
    expect(watch.within(0, 60 * MS)).to.equal(600_000 * MS);
    expect(watch.within(56 * MS, 60 * MS)).to.equal(0);
    expect(watch.suspendedSince(0)).to.equal(600_000 * MS);
    expect(watch.suspendedSince(56 * MS)).to.equal(0);
  });

  it('does not take a reading of two clocks that was torn apart for a suspension', () => {
    const watch = createStallWatch(0, 7_000 * MS);
    watch.slept(2_000 * MS, 5_010 * MS);
    watch.slept(7_000 * MS, 5_020 * MS);
    watch.tick(10 * MS);
    expect(watch.within(0, 20 * MS)).to.equal(0);
  });

  it('never counts more than the time asked about, nor less than nothing', () => {
    const steps = fc.array(fc.integer({ min: 1, max: 900 }), { maxLength: 30 });
    fc.assert(
      fc.property(steps, fc.nat(5000), (waits, since) => {
        const watch = createStallWatch(0);
        let now = 0;
        for (const wait of waits) {
          now += wait * MS;
          watch.tick(now);
        }
        const counted = watch.within(since * MS, now);
        expect(counted).to.be.at.least(0);
        expect(counted).to.be.at.most(Math.max(0, now - since * MS));
      }),
    );
  });
});
