import { expect } from 'chai';
import { apiVersions } from '../../../probes/keystone/api-versions.ts';
import { NS_PER_S } from '../../../src/model/time.ts';

function changes(seen: readonly (readonly [seconds: number, version: string])[]): string[] {
  let now = 0;
  const told: string[] = [];
  const saw = apiVersions(
    () => now,
    ({ from, to }) => told.push(`${String(from)} to ${to}`),
  );
  for (const [seconds, version] of seen) {
    now = seconds * NS_PER_S;
    saw(version);
  }
  return told;
}

describe('API versions', () => {
  it('are told when first seen and when they change', () => {
    const seen = [
      [0, 'v3.14'],
      [1, 'v3.14'],
      [2, 'v3.15'],
      [9, 'v3.14'],
    ] as const;
    expect(changes(seen)).to.deep.equal(['null to v3.14', 'v3.14 to v3.15', 'v3.15 to v3.14']);
  });

  it('do not flood while two of them take turns behind a load balancer', () => {
    const seen = Array.from({ length: 200 }, (_, nth) => {
      return [nth / 100, nth % 2 === 0 ? 'v3.14' : 'v3.15'] as const;
    });
    expect(changes(seen).length).to.be.within(2, 4);
  });
});
