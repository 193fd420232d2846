import { expect } from 'chai';
import type { PodHistory } from '../../src/model/analysis.ts';
import { podSegments, podsToDraw } from '../../src/report/pod-lanes.ts';

function pod(name: string, ...transitions: (readonly [number, string])[]): PodHistory {
  return {
    probe: 'pods',
    name,
    uid: name,
    image: null,
    node: null,
    atStart: false,
    transitions: transitions.map(([at, what]) => ({ at, what, serverTime: null })),
  };
}

const lane = (...transitions: (readonly [number, string])[]) =>
  podSegments(pod('p', ...transitions), 100).map(
    ({ state, from, to }) => `${state} ${String(from)}-${String(to)}`,
  );

describe('lanes of pods', () => {
  it('follow a pod from its first sight to its deletion or the end of the run', () => {
    expect(lane([10, 'added'], [12, 'running'], [20, 'ready'])).to.deep.equal([
      'pending 10-20',
      'ready 20-100',
    ]);
    expect(
      lane([0, 'ready'], [50, 'terminating'], [55, 'not-ready'], [60, 'deleted']),
    ).to.deep.equal(['ready 0-50', 'terminating 50-60']);
  });

  it('show a restart and a failure', () => {
    expect(lane([0, 'ready'], [5, 'restarted'], [9, 'ready'], [20, 'failed'])).to.deep.equal([
      'ready 0-5',
      'pending 5-9',
      'ready 9-20',
      'down 20-100',
    ]);
  });

  it('begin nowhere for a pod of which nothing is known', () => {
    expect(lane()).to.deep.equal([]);
    expect(lane([5, 'image'])).to.deep.equal([]);
  });

  it('leave out those that only stood there when there are too many', () => {
    const moved = pod('moved', [0, 'ready'], [5, 'terminating'], [6, 'deleted']);
    const still = Array.from({ length: 50 }, (_, nth) =>
      pod(`still-${String(nth)}`, [nth, 'ready']),
    );
    const drawn = podsToDraw([...still, moved], 3);
    expect(drawn).to.have.lengthOf(3);
    expect(drawn).to.have.members([moved, still[0], still[1]]);
  });
});
