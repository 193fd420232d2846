import { expect } from 'chai';
import { createBoard } from '../../../probes/pods/board.ts';
import { type PodFacts, podFacts } from '../../../probes/pods/pod-facts.ts';
import { countReady } from '../../../probes/pods/ready-count.ts';
import type { WorkloadSpec } from '../../../probes/pods/workload-spec.ts';
import { readyLines } from './recording.ts';
import { podObject } from './scripted-api.ts';

describe('board', () => {
  const web = (desired: number, floor: number): WorkloadSpec => ({
    uid: 'uid-web',
    name: 'web',
    version: '1',
    kind: 'Deployment',
    desired,
    floor,
  });
  const pod = (name: string, options: Parameters<typeof podObject>[2] = {}) => {
    const facts = podFacts(podObject(name, 1, options));
    if (facts === null) throw new Error('no pod');
    return facts;
  };
  const put = (after: PodFacts, before: PodFacts | null = null) =>
    ({ type: 'put', before, after }) as const;
  const gone = (before: PodFacts) => ({ type: 'gone', before, last: before }) as const;

  it('does not make a dip of a list in which one pod is gone and another new', () => {
    const board = createBoard(null);
    board.start([pod('a'), pod('b')], [web(2, 2)], 0);
    const gap = { start: 5, end: 9 };
    const events = board.pods([gone(pod('a')), put(pod('c'))], gap, 9);
    expect(readyLines(events)).to.deep.equal([]);
    expect(events.map(({ what }) => what)).to.deep.equal(['deleted', 'added', 'running', 'ready']);
    expect(events[0]?.detail['between']).to.deep.equal([5, 9]);
  });

  it('tells what it found at the first look from what happened since', () => {
    const board = createBoard(null);
    const started = board.start([pod('a')], [web(1, 1)], 0);
    const since = board.pods([put(pod('b'))], null, 1);
    const told = (events: typeof started) =>
      events.filter(({ kind }) => kind === 'pod').map(({ detail }) => detail['atStart']);
    expect(told(started)).to.deep.equal([true, true, true]);
    expect(told(since)).to.deep.equal([false, false, false]);
  });

  it('counts restarts from when the run began, also of pods that are gone since', () => {
    const board = createBoard(null);
    const before = pod('a', { restarts: 7 });
    const started = board.start([before, pod('b')], [web(2, 2)], 0);
    expect(readyLines(started)).to.deep.equal(['2/2 floor 2 restarts 0']);
    const after = pod('a', { restarts: 9 });
    expect(readyLines(board.pods([put(after, before)], null, 1))).to.deep.equal([
      '2/2 floor 2 restarts 2',
    ]);
    expect(readyLines(board.pods([gone(after)], null, 2))).to.deep.equal([
      '1/2 floor 2 restarts 2',
    ]);
  });

  it('holds a workload that was deleted to what it asked for last', () => {
    const board = createBoard(null);
    board.start([pod('a')], [web(1, 1)], 0);
    const spec = web(1, 1);
    expect(board.specs([{ type: 'gone', before: spec, last: spec }], 1)).to.deep.equal([]);
    expect(readyLines(board.pods([gone(pod('a'))], null, 2))).to.deep.equal([
      '0/1 floor 1 restarts 0',
    ]);
  });

  it('looks only at the workloads it was told to', () => {
    const board = createBoard(['other']);
    expect(board.start([pod('a')], [web(1, 1)], 0)).to.deep.equal([]);
    expect(board.pods([gone(pod('a'))], null, 1)).to.deep.equal([]);
  });

  it('counts a named workload that has no pod at all', () => {
    const board = createBoard(['web']);
    expect(readyLines(board.start([], [web(2, 2)], 0))).to.deep.equal(['0/2 floor 2 restarts 0']);
  });
});

describe('floor in force', () => {
  const follow = (start: number, steps: readonly (readonly [ready: number, floor: number])[]) => {
    let count = countReady(null, { ready: start, desired: start, floor: start }, 0);
    return steps.map(([ready, floor]) => {
      count = countReady(count, { ready, desired: floor, floor }, 0);
      return count.floor;
    });
  };

  it('rises with a workload that is scaled up only once that many are ready', () => {
    expect(
      follow(3, [
        [3, 5],
        [4, 5],
        [5, 5],
        [4, 5],
      ]),
    ).to.deep.equal([3, 3, 5, 5]);
  });

  it('is what it was for one that is scaled to nothing and back', () => {
    expect(
      follow(3, [
        [3, 0],
        [0, 0],
        [0, 3],
      ]),
    ).to.deep.equal([0, 0, 3]);
  });

  it('falls at once with one that is scaled down', () => {
    expect(follow(5, [[5, 3]])).to.deep.equal([3]);
  });
});
