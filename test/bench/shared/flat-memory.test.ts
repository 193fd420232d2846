import { expect } from 'chai';
import { flatMemory, memorySeries } from '../../../bench/shared/flat-memory.ts';

const MIB = 2 ** 20;
const series = (...mib: readonly number[]) => [
  { what: 'heap', values: mib.map((value) => value * MIB) },
];

describe('the bench’s promise about memory', () => {
  it('holds when the last third is no more than 5 % or 1 MiB above the first', () => {
    const [flat] = flatMemory('ten minutes', series(100, 100, 100, 120, 120, 120, 105, 105, 105));
    expect(flat).to.deep.equal({
      what: 'ten minutes: memory flat, heap',
      figure: '100.00 MiB in the first third, 105.00 in the last',
      holds: true,
    });
    expect(flatMemory('', series(5, 5, 6))[0]?.holds).to.equal(true);
  });

  it('does not hold when it grew, or was never looked at', () => {
    expect(flatMemory('', series(100, 103, 106))[0]?.holds).to.equal(false);
    expect(flatMemory('', series())[0]?.holds).to.equal(false);
  });

  it('is told of each thread, and not at all where no worker reported', () => {
    const looked = { second: 1, rss: 3, main: 2, heaps: { '7': 1 } };
    expect(memorySeries([looked, looked])).to.deep.equal([
      { what: 'RSS of the process less the figures', values: [3, 3] },
      { what: 'heap of the main thread', values: [2, 2] },
      { what: 'heap of worker thread 7', values: [1, 1] },
    ]);
    expect(() => memorySeries([{ ...looked, heaps: {} }])).to.throw('no worker thread');
  });
});
