import { expect } from 'chai';
import fc from 'fast-check';
import { keystoneConfig, OPERATIONS } from '../../../probes/keystone/config.ts';
import { keystone } from '../../../probes/keystone/index.ts';

describe('keystone probe kind', () => {
  it('shares the rate among its operations and connections, evenly in time', () => {
    const config = keystone.config.parse({ rate: '20/s', operations: ['issue', 'validate'] });
    expect(keystone.targets(config)).to.deep.equal([
      { name: 'issue new', intervalNs: 200e6, timeoutNs: 5e9, offsetNs: 0 },
      { name: 'issue reused', intervalNs: 200e6, timeoutNs: 5e9, offsetNs: 50e6 },
      { name: 'validate new', intervalNs: 200e6, timeoutNs: 5e9, offsetNs: 100e6 },
      { name: 'validate reused', intervalNs: 200e6, timeoutNs: 5e9, offsetNs: 150e6 },
    ]);
  });

  it('gives an operation its weight of the rate', () => {
    const config = keystone.config.parse({
      rate: '10/s',
      operations: { validate: 4, issue: 1 },
      connections: ['new'],
    });
    const intervals = keystone.targets(config).map(({ name, intervalNs }) => [name, intervalNs]);
    expect(intervals).to.deep.equal([
      ['issue new', 500e6],
      ['validate new', 125e6],
    ]);
  });

  it('adds up to the rate for every choice of operations and weights', () => {
    const list = fc.subarray([...OPERATIONS], { minLength: 1 });
    const weights = list.chain((names) =>
      fc
        .array(fc.integer({ min: 1, max: 20 }), {
          minLength: names.length,
          maxLength: names.length,
        })
        .map((values) => Object.fromEntries(names.map((name, index) => [name, values[index]]))),
    );
    const choice = fc.oneof(list, weights);
    fc.assert(
      fc.property(choice, fc.integer({ min: 1, max: 500 }), (operations, perSecond) => {
        const config = keystone.config.parse({
          operations,
          rate: `${String(perSecond)}/s`,
          connections: ['new'],
        });
        const sum = keystone
          .targets(config)
          .reduce((rate, { intervalNs }) => rate + 1e9 / intervalNs, 0);
        expect(sum).to.be.closeTo(perSecond, perSecond * 1e-3);
      }),
    );
  });

  it('defaults to 10 requests a second, 5 s each, three operations, both classes of connection', () => {
    expect(keystoneConfig.parse({})).to.deep.equal({
      rate: 10,
      timeout: 5e9,
      operations: ['issue', 'validate', 'validate-old'],
      connections: ['new', 'reused'],
      endpointsEvery: 1e9,
    });
  });

  it('marks what is secret', () => {
    const { password, applicationCredentialSecret } = keystoneConfig.shape.auth.unwrap().shape;
    for (const field of [password, applicationCredentialSecret]) {
      expect(field.unwrap().meta()).to.include({ secret: true });
    }
  });
});
