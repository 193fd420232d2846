import { expect } from 'chai';
import { fieldSelector, labelSelector } from '../../../src/lab/api/selectors.ts';
import type { KubeObject } from '../../../src/lab/objects.ts';

const pod: KubeObject = {
  kind: 'Pod',
  apiVersion: 'v1',
  metadata: {
    name: 'a',
    uid: '1',
    resourceVersion: '1',
    creationTimestamp: '2026-11-22T13:06:21Z',
    labels: { app: 'keystone', 'app.kubernetes.io/tier': 'api' },
  },
};

describe('selectors', () => {
  const cases: readonly (readonly [string, boolean])[] = [
    ['', true],
    ['app=keystone', true],
    ['app==keystone,app.kubernetes.io/tier=api', true],
    ['app=nova', false],
    ['app!=nova', true],
    ['app', true],
    ['!app', false],
    ['!release', true],
    ['app in (nova, keystone),app', true],
    ['app notin (nova,keystone)', false],
    ['release notin (old)', true],
  ];
  for (const [text, expected] of cases) {
    it(`label selector "${text}" ${expected ? 'takes' : 'leaves'} the pod`, () => {
      expect(labelSelector(text)(pod)).to.equal(expected);
    });
  }

  it('a field selector compares any scalar field, an absent one as empty', () => {
    expect(fieldSelector('metadata.name=a,kind=Pod')(pod)).to.equal(true);
    expect(fieldSelector('metadata.name!=a')(pod)).to.equal(false);
    expect(fieldSelector('spec.nodeName=')(pod)).to.equal(true);
  });

  it('one that cannot be read is a bad request', () => {
    expect(() => labelSelector('app keystone')).to.throw('unable to parse requirement');
    expect(() => fieldSelector('nonsense')).to.throw('invalid field selector');
  });
});
