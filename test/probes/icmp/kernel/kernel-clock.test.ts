import { expect } from 'chai';
import fc from 'fast-check';
import { createKernelClock } from '../../../../probes/icmp/kernel/kernel-clock.ts';
import { LITTLE_ENDIAN } from '../../../../src/platform/libc.ts';
import { fakeLibc } from './fake-libc.ts';

const BOOT = 5_000_000_000_123;
const WALL = 1_780_000_000;
const MONOTONIC = 1;
const MS = 1e6;

/** A machine whose run began `began` ns after its boot; reading a clock takes `reading` ns. */
function machine({ began = BOOT, reading = 100 } = {}) {
  const state = { now: 0, wallSeconds: WALL, wallNs: 0, slept: [] as number[], stall: 0 };
  const at = (into: Uint8Array, seconds: number, ns: number) => {
    const view = new DataView(into.buffer, into.byteOffset);
    const carry = Math.floor(ns / 1e9);
    view.setBigInt64(0, BigInt(seconds + carry), LITTLE_ENDIAN);
    view.setBigInt64(8, BigInt(ns - carry * 1e9), LITTLE_ENDIAN);
  };
  const bootNs = () => began + state.now;
  const libc = fakeLibc({
    clockGettime: (clock, into) => {
      state.now += reading / 2;
      if (clock === MONOTONIC) at(into, Math.floor(bootNs() / 1e9), bootNs() % 1e9);
      else at(into, state.wallSeconds, state.wallNs + state.now);
      state.now += reading / 2 + state.stall;
      state.stall = 0;
      return 0;
    },
    sleepUntil: (clock, timespec) => {
      expect(clock).to.equal(MONOTONIC);
      const view = new DataView(timespec.buffer, timespec.byteOffset);
      const seconds = Number(view.getBigInt64(0, LITTLE_ENDIAN));
      const ns = Number(view.getBigInt64(8, LITTLE_ENDIAN));
      expect(ns).to.be.within(0, 999_999_999);
      state.slept.push(seconds * 1e9 + ns - began);
      return 0;
    },
  });
  const clock = createKernelClock(libc, () => state.now);
  /** A kernel stamp of now + `ahead`. */
  const stamp = (ahead: number): readonly [number, number] => {
    const ns = state.wallNs + state.now + ahead;
    return [state.wallSeconds + Math.floor(ns / 1e9), ((ns % 1e9) + 1e9) % 1e9];
  };
  return { state, clock, stamp };
}

describe('kernel clock', () => {
  it('is the clock of the run', () => {
    const { clock, state } = machine();
    expect(Math.abs(clock.now() - state.now)).to.be.at.most(1000);
    state.now += 3600e9;
    expect(Math.abs(clock.now() - state.now)).to.be.at.most(1000);
  });

  it('sleeps until a time of the run by the monotonic clock of the machine', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e15 }),
        fc.integer({ min: 0, max: 1e13 }),
        (began, at) => {
          const { clock, state } = machine({ began });
          clock.sleepUntil(at);
          expect(Math.abs((state.slept[0] ?? 0) - at)).to.be.at.most(1000);
        },
      ),
    );
  });

  it('brings a stamp of the wall clock onto the run', () => {
    const { clock, state, stamp } = machine();
    for (const ahead of [0, -0.3e9, 5e9, 3600e9]) {
      clock.compare();
      const [seconds, nanoseconds] = stamp(ahead);
      const at = state.now + ahead;
      expect(Math.abs(clock.ofStamp(seconds, nanoseconds) - at)).to.be.at.most(1000);
    }
  });

  it('holds while the wall clock only runs a little faster or slower, as a clock daemon makes it', () => {
    for (const ppm of [-500, 500, 20_000]) {
      const { clock, state } = machine();
      clock.compare();
      for (let i = 0; i < 50; i++) {
        state.now += 20 * MS;
        state.wallNs += 20 * ppm;
        expect(clock.compare()).to.equal(true);
      }
    }
  });

  for (const step of [-3600e9, -1e9, -11 * MS, 11 * MS, 1e9, 3600e9]) {
    it(`notices a step of ${String(step / MS)} ms once, and is right again after it`, () => {
      const { clock, state, stamp } = machine();
      clock.compare();
      state.now += 100 * MS;
      expect(clock.compare()).to.equal(true);
      state.wallSeconds += Math.trunc(step / 1e9);
      state.wallNs += step % 1e9;
      state.now += 20 * MS;
      expect(clock.compare()).to.equal(false);
      expect(clock.compare()).to.equal(true);
      const [seconds, nanoseconds] = stamp(0);
      expect(Math.abs(clock.ofStamp(seconds, nanoseconds) - state.now)).to.be.at.most(1000);
    });
  }

  it('notices a small step between two looks that are close together', () => {
    const { clock, state } = machine();
    clock.compare();
    state.now += MS;
    state.wallNs += 0.5 * MS;
    expect(clock.compare()).to.equal(false);
  });

  it('takes a stall of its own between two readings for no step', () => {
    const { clock, state, stamp } = machine();
    clock.compare();
    state.now += 100 * MS;
    state.stall = 700 * MS;
    expect(clock.compare()).to.equal(true);
    const [seconds, nanoseconds] = stamp(0);
    expect(Math.abs(clock.ofStamp(seconds, nanoseconds) - state.now)).to.be.at.most(1000);
  });
});
