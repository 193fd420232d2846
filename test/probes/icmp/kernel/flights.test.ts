import { expect } from 'chai';
import fc from 'fast-check';
import {
  createFlights,
  leftAt,
  STATE,
  slotOf,
  UNSURE_NS,
} from '../../../../probes/icmp/kernel/flights.ts';

describe('flights', () => {
  it('have room for twice what can be in flight, and at least for 4,096', () => {
    expect(createFlights(1, 1e9).capacity).to.equal(4096);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50_000 }),
        fc.integer({ min: 10, max: 5000 }),
        (rate, ms) => {
          const { capacity } = createFlights(rate, ms * 1e6);
          expect(capacity).to.be.at.least((2 * rate * ms) / 1000);
          expect(Number.isInteger(Math.log2(capacity))).to.equal(true);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('know no attempt that never was, not even number 0', () => {
    const flights = createFlights(1, 1e9);
    for (const attempt of [0, 1, 4096, 0xffff_ffff]) expect(slotOf(flights, attempt)).to.equal(-1);
  });

  it('forget an attempt when a later one takes its slot', () => {
    const flights = createFlights(1, 1e9);
    const take = (attempt: number) => {
      const slot = attempt & (flights.capacity - 1);
      flights.attempt[slot] = attempt;
      flights.state[slot] = STATE.waiting;
    };
    take(7);
    expect(slotOf(flights, 7)).to.equal(7);
    expect(slotOf(flights, 7 + flights.capacity)).to.equal(-1);
    take(7 + flights.capacity);
    expect(slotOf(flights, 7 + flights.capacity)).to.equal(7);
    expect(slotOf(flights, 7)).to.equal(-1);
  });

  it('go on over the end of the 32 bits of an attempt', () => {
    const flights = createFlights(1, 1e9);
    for (const attempt of [0xffff_fffe, 0xffff_ffff, 0, 1]) {
      const slot = attempt & (flights.capacity - 1);
      flights.attempt[slot] = attempt;
      flights.state[slot] = STATE.waiting;
      expect(slotOf(flights, attempt)).to.equal(slot);
    }
    expect(slotOf(flights, 0xffff_ffff)).to.equal(flights.capacity - 1);
  });

  it('left when the kernel says; without its word, at the beginning of a short call or the end of a long one', () => {
    const flights = createFlights(1, 1e9);
    flights.sent[3] = 1000;
    flights.stamped[3] = Number.NaN;
    flights.unsure[3] = UNSURE_NS;
    expect(leftAt(flights, 3)).to.equal(1000);
    flights.unsure[3] = UNSURE_NS + 1;
    expect(leftAt(flights, 3)).to.equal(1000 + UNSURE_NS + 1);
    flights.stamped[3] = 2000;
    expect(leftAt(flights, 3)).to.equal(2000);
  });
});
