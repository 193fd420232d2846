import { expect } from 'chai';
import { after, pollTurn, sleep } from '../../src/platform/timers.ts';

/** A timer of Node that is longer than 24.8 days fires after 1 ms. */
const DAYS_50 = 50 * 24 * 3600 * 1000;

describe('timers', () => {
  it('wait longer than Node can', async () => {
    let fired = false;
    const cancel = after(DAYS_50, () => {
      fired = true;
    });
    const over = new AbortController();
    let woken = false;
    const sleeping = sleep(DAYS_50, over.signal).then(() => {
      woken = true;
    });
    await sleep(20);
    await pollTurn();
    expect([fired, woken]).to.deep.equal([false, false]);
    over.abort();
    await sleeping;
    cancel();
  });
});
