import { expect } from 'chai';
import { sharedControl } from '../../src/analysis/shared-outage.ts';

function shared(
  outage: readonly [number, number],
  control: readonly (readonly [number, number])[],
) {
  const outages = control.map(([start, end]) => ({ start, end }));
  const [start, end] = outage;
  return sharedControl({ start, end }, 20, [{ probe: 'gateway', intervalNs: 20, outages }]);
}

describe('an outage shared with a control', () => {
  it('is one that the control saw for at least half of it', () => {
    expect(shared([1000, 2000], [[1000, 2000]])).to.equal('gateway');
    expect(shared([1000, 2000], [[1500, 2000]])).to.equal('gateway');
    expect(shared([1000, 2000], [[1700, 2000]])).to.equal(null);
    expect(shared([1000, 2000], [])).to.equal(null);
  });

  it('may be covered by several of the control', () => {
    expect(
      shared(
        [1000, 2000],
        [
          [1000, 1300],
          [1700, 2000],
        ],
      ),
    ).to.equal('gateway');
  });

  it('of a single attempt is shared when the control was out around that attempt', () => {
    expect(shared([1000, 1000], [[1010, 1010]])).to.equal('gateway');
    expect(shared([1000, 1000], [[1100, 1100]])).to.equal(null);
  });
});
