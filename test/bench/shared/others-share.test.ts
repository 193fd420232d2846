import { expect } from 'chai';
import { othersShare, startOthersShare } from '../../../bench/shared/others-share.ts';

/** user, nice, system, idle, iowait, irq, softirq, steal, guest, guest_nice */
const machine = (times: string) => `cpu  ${times}\ncpu0 1 1 1 1 1 1 1 1 0 0\nintr 5\n`;
/** State to cmajflt, then utime, stime, cutime, cstime. */
const own = (times: string) => `7 (a ) b) S 1 2 3 4 5 6 7 8 9 10 ${times} 20 0 1`;

describe('the share of the machine that others use', () => {
  it('is what was busy, less this process and the children it has waited for', () => {
    const before = { machine: machine('100 0 50 1000 0 0 0 0 0 0'), own: own('10 5 0 0') };
    const after = { machine: machine('180 10 70 1080 5 2 3 0 0 0'), own: own('20 10 30 5') };
    // 200 passed, 115 of them busy, 50 of those our own.
    expect(othersShare(before, after)).to.equal(65 / 200);
  });

  it('is nothing where only this process was busy, though the two are counted apart', () => {
    const before = { machine: machine('0 0 0 0 0 0 0 0 0 0'), own: own('0 0 0 0') };
    const after = { machine: machine('50 0 0 50 0 0 0 0 0 0'), own: own('52 0 0 0') };
    expect(othersShare(before, after)).to.equal(0);
  });

  it('is read from the kernel', function () {
    if (process.platform !== 'linux') this.skip();
    const share = startOthersShare();
    const end = performance.now() + 50;
    while (performance.now() < end);
    expect(share()).to.be.within(0, 1);
  });
});
