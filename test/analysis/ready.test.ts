import { expect } from 'chai';
import { createReady } from '../../src/analysis/ready.ts';
import { NS_PER_S } from '../../src/model/time.ts';

describe('ready counts', () => {
  const fold = (points: readonly (readonly [number, number, number])[]) => {
    const ready = createReady();
    for (const [second, count, floor] of points) {
      ready.event({
        kind: 'workload',
        at: second * NS_PER_S,
        end: null,
        probe: 'pods',
        target: null,
        subject: { kind: 'Deployment', name: 'web', uid: 'w' },
        what: 'ready',
        serverTime: null,
        detail: { ready: count, desired: floor, floor, restarts: 0 },
      });
    }
    return ready
      .finish()[0]
      ?.points.map(({ ready: count, floor }) => `${String(count)}/${String(floor)}`);
  };

  it('takes pods that go before the news that fewer are asked for as asked for', () => {
    const points = [
      [0, 5, 5],
      [5, 4, 5],
      [5.01, 3, 5],
      [5.02, 3, 3],
    ] as const;
    expect(fold(points)).to.deep.equal(['5/5', '4/3', '3/3', '3/3']);
  });

  it('excuses nothing by news that comes long after, or that asks for as many', () => {
    expect(
      fold([
        [0, 3, 3],
        [5, 2, 3],
        [6.5, 2, 2],
      ]),
    ).to.deep.equal(['3/3', '2/3', '2/2']);
    expect(
      fold([
        [0, 3, 3],
        [5, 1, 3],
        [5.1, 1, 2],
      ]),
    ).to.deep.equal(['3/3', '1/3', '1/2']);
  });
});
