import { expect } from 'chai';
import fc from 'fast-check';
import { jsonPatch } from '../../../src/lab/api/json-patch.ts';
import { mergePatch, strategicMergePatch } from '../../../src/lab/api/merge-patch.ts';
import { ApiProblem } from '../../../src/lab/api/problem.ts';

const pod = {
  spec: {
    containers: [
      { name: 'api', image: 'a:1', env: [{ name: 'X', value: '1' }] },
      { name: 'log', image: 'b:1' },
    ],
    nodeSelector: { zone: 'a' },
  },
};

describe('patches', () => {
  it('strategic merge changes the container with the same name and leaves the rest', () => {
    const change = {
      spec: { containers: [{ name: 'api', image: 'a:2', env: [{ name: 'Y', value: '2' }] }] },
    };
    expect(strategicMergePatch(pod, change)).to.deep.equal({
      spec: {
        containers: [
          {
            name: 'api',
            image: 'a:2',
            env: [
              { name: 'X', value: '1' },
              { name: 'Y', value: '2' },
            ],
          },
          { name: 'log', image: 'b:1' },
        ],
        nodeSelector: { zone: 'a' },
      },
    });
  });

  it('strategic merge adds, deletes and replaces by directive', () => {
    const containers = [
      { name: 'log', $patch: 'delete' },
      { name: 'new', image: 'c:1' },
    ];
    const nodeSelector = { $patch: 'replace', disk: 'ssd' };
    expect(strategicMergePatch(pod, { spec: { containers, nodeSelector } })).to.deep.equal({
      spec: {
        containers: [pod.spec.containers[0], { name: 'new', image: 'c:1' }],
        nodeSelector: { disk: 'ssd' },
      },
    });
  });

  it('a merge patch replaces lists whole and removes what is null', () => {
    expect(
      mergePatch(pod, { spec: { containers: [{ name: 'one' }], nodeSelector: null } }),
    ).to.deep.equal({
      spec: { containers: [{ name: 'one' }] },
    });
  });

  it('a merge patch of an object onto nothing is that object', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z]+$/), fc.integer()), (object) => {
        expect(mergePatch(undefined, object)).to.deep.equal({ ...object });
      }),
    );
  });

  it('a JSON patch does each operation in order and leaves the document it was given', () => {
    const before = structuredClone(pod);
    const patched = jsonPatch(pod, [
      { op: 'test', path: '/spec/containers/0/image', value: 'a:1' },
      { op: 'replace', path: '/spec/containers/0/image', value: 'a:2' },
      { op: 'add', path: '/spec/containers/-', value: { name: 'end' } },
      { op: 'remove', path: '/spec/containers/1' },
      { op: 'move', from: '/spec/nodeSelector/zone', path: '/spec/a~1b' },
    ]);
    expect(patched).to.deep.equal({
      spec: {
        containers: [
          { name: 'api', image: 'a:2', env: [{ name: 'X', value: '1' }] },
          { name: 'end' },
        ],
        nodeSelector: {},
        'a/b': 'a',
      },
    });
    expect(pod).to.deep.equal(before);
  });

  it('a JSON patch whose test or path does not hold is refused with 422', () => {
    const codes = [
      [{ op: 'test', path: '/spec/containers/0/image', value: 'other' }],
      [{ op: 'replace', path: '/spec/nothing', value: 1 }],
      [{ op: 'remove', path: '/spec/containers/7' }],
    ].map((patch) => {
      try {
        jsonPatch(pod, patch);
        return null;
      } catch (error) {
        return error instanceof ApiProblem ? error.status.code : error;
      }
    });
    expect(codes).to.deep.equal([422, 422, 422]);
  });
});
