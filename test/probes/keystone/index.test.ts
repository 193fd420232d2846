import { expect } from 'chai';
import fc from 'fast-check';
import { keystoneConfig, OPERATIONS } from '../../../probes/keystone/config.ts';
import { keystone } from '../../../probes/keystone/index.ts';

describe('keystone probe kind', () => {
  it('shares the rate among its operations, evenly in time', () => {
    const config = keystone.config.parse({ rate: '30/s' });
    expect(keystone.targets(config)).to.deep.equal([
      { name: 'issue', intervalNs: 100e6, timeoutNs: 5e9, offsetNs: 0 },
      { name: 'validate', intervalNs: 100e6, timeoutNs: 5e9, offsetNs: Math.round(100e6 / 3) },
      { name: 'validate-old', intervalNs: 100e6, timeoutNs: 5e9, offsetNs: Math.round(200e6 / 3) },
    ]);
  });

  it('adds up to the rate for every choice of operations', () => {
    const choice = fc.subarray([...OPERATIONS], { minLength: 1 });
    fc.assert(
      fc.property(choice, fc.integer({ min: 1, max: 500 }), (operations, perSecond) => {
        const config = keystone.config.parse({ operations, rate: `${String(perSecond)}/s` });
        const sum = keystone
          .targets(config)
          .reduce((rate, { intervalNs }) => rate + 1e9 / intervalNs, 0);
        expect(sum).to.be.closeTo(perSecond, perSecond * 1e-3);
      }),
    );
  });

  it('defaults to 10 requests a second, 5 s each, all three operations, new connections', () => {
    expect(keystoneConfig.parse({})).to.deep.equal({
      rate: 10,
      timeout: 5e9,
      operations: ['issue', 'validate', 'validate-old'],
      connection: 'new',
    });
  });

  it('marks what is secret', () => {
    const { password, applicationCredentialSecret } = keystoneConfig.shape.auth.unwrap().shape;
    for (const field of [password, applicationCredentialSecret]) {
      expect(field.unwrap().meta()).to.include({ secret: true });
    }
  });
});
