import { expect } from 'chai';
import type { KernelClock } from '../../../../probes/icmp/kernel/kernel-clock.ts';
import type { KernelPinger } from '../../../../probes/icmp/kernel/kernel-pinger.ts';
import { startLoop } from '../../../../probes/icmp/kernel/loop.ts';
import type { Schedule } from '../../../../src/contracts/probe.ts';

const MS = 1e6;

/** A pinger that only keeps account, over the real clock: every ping is decided `timeout` after it was sent. */
function account(dues: readonly number[], timeout: number) {
  const began = process.hrtime.bigint();
  const now = () => Number(process.hrtime.bigint() - began);
  const clock: KernelClock = {
    now,
    // What it sleeps is no matter: a loop that wakes too often is no wrong loop.
    sleepUntil: () => undefined,
    compare: () => true,
    ofStamp: () => 0,
  };
  const waiting = [...dues];
  const flying: number[] = [];
  const log = { taken: 0, decided: 0, finished: 0, turns: 0, until: Number.POSITIVE_INFINITY };
  const schedule: Schedule = {
    next: () => {
      const next = waiting[0] ?? Number.POSITIVE_INFINITY;
      return next > log.until ? Number.POSITIVE_INFINITY : next;
    },
    take: () => undefined,
  };
  const pinger: KernelPinger = {
    turn: () => {
      expect(log.finished).to.equal(0);
      log.turns++;
      while (schedule.next() <= now()) {
        waiting.shift();
        log.taken++;
        flying.push(now() + timeout);
      }
      while ((flying[0] ?? Number.POSITIVE_INFINITY) <= now()) {
        flying.shift();
        log.decided++;
      }
    },
    deadline: () => flying[0] ?? Number.POSITIVE_INFINITY,
    inFlight: () => flying.length,
    finish: () => log.finished++,
  };
  return { log, end: startLoop(pinger, schedule, clock) };
}

const turnOfTheLoop = () =>
  new Promise<void>((resolve) => {
    setTimeout(resolve, 0);
  });

describe('loop of the kernel engine', () => {
  it('ends when the schedule is over and everything in flight is decided', async () => {
    const { log, end } = account([0, 5 * MS, 10 * MS], 30 * MS);
    await end();
    expect(log).to.include({ taken: 3, decided: 3, finished: 1 });
  });

  it('abandons nothing that is in flight when it is stopped', async () => {
    const { log, end } = account(Array(20).fill(0), 40 * MS);
    while (log.taken < 20) await turnOfTheLoop();
    log.until = 0;
    await end();
    expect(log).to.include({ taken: 20, decided: 20, finished: 1 });
  });

  it('wakes for a stop while it waits for what is due in an hour', async () => {
    const { log, end } = account([0, 3600e3 * MS], 0);
    while (log.decided < 1) await turnOfTheLoop();
    log.until = 1000 * MS;
    await end();
    expect(log).to.include({ taken: 1, decided: 1, finished: 1 });
  });

  it('takes what is due at the very end', async () => {
    const { log, end } = account([0, 30 * MS, 3600e3 * MS], 0);
    while (log.decided < 1) await turnOfTheLoop();
    log.until = 30 * MS;
    await end();
    expect(log).to.include({ taken: 2, decided: 2, finished: 1 });
  });

  it('with nothing to do waits for the end and does not turn', async () => {
    const { log, end } = account([], 0);
    while (log.turns === 0) await turnOfTheLoop();
    for (let i = 0; i < 20; i++) await turnOfTheLoop();
    expect(log).to.include({ turns: 1, finished: 0 });
    await end();
    expect(log).to.include({ taken: 0, finished: 1 });
  });

  it('stopped before its first turn ends all the same', async () => {
    const { log, end } = account([3600e3 * MS], 0);
    log.until = 0;
    await end();
    expect(log).to.include({ taken: 0, finished: 1 });
  });

  it('lets timers and messages have their turn however much is due', async () => {
    const { log, end } = account(
      Array.from({ length: 4000 }, (_, i) => i * 0.05 * MS),
      MS,
    );
    let turns = 0;
    while (log.taken < 4000) {
      await turnOfTheLoop();
      turns++;
    }
    await end();
    expect(log).to.include({ taken: 4000, decided: 4000 });
    expect(turns).to.be.at.least(5);
  });
});
