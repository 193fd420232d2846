import { expect } from 'chai';
import fc from 'fast-check';
import { ATTEMPT_METRICS, RESPONSE_METRICS, WATCH_METRICS } from '../../src/contracts/probe.ts';
import { defaultObjectives } from '../../src/verdict/defaults.ts';
import {
  checkObjective,
  type Limit,
  type Objective,
  OPERATORS,
  parseObjective,
  printObjective,
  unitOf,
} from '../../src/verdict/objective.ts';

const probes = [
  { name: 'vm', metrics: ATTEMPT_METRICS },
  { name: 'pods', metrics: WATCH_METRICS },
];

const objective: fc.Arbitrary<Objective> = fc
  .record({
    probe: fc.stringMatching(/^[a-z][a-z0-9_-]{0,10}$/),
    metric: fc.constantFrom(...ATTEMPT_METRICS, ...RESPONSE_METRICS, ...WATCH_METRICS),
    operator: fc.constantFrom(...OPERATORS),
    value: fc.nat(10_000_000),
    relative: fc.boolean(),
  })
  .map(({ value, relative, ...rest }) => {
    const unit = unitOf(rest.metric);
    const factor = (value + 1) / 100;
    const limit: Limit =
      relative && rest.metric.startsWith('latency.')
        ? { unit: 'baseline', factor }
        : { unit, value: unit === 'duration' ? value : value / 1000 };
    return { ...rest, limit };
  });

describe('objective', () => {
  it('parses to what it was printed from', () => {
    fc.assert(
      fc.property(objective, (made) => {
        expect(parseObjective(printObjective(made))).to.deep.equal(made);
      }),
    );
  });

  it('reads the forms of the grammar', () => {
    expect(parseObjective('keystone.latency.p99.9<=2x baseline')).to.deep.equal({
      probe: 'keystone',
      metric: 'latency.p99.9',
      operator: '<=',
      limit: { unit: 'baseline', factor: 2 },
    });
    expect(parseObjective(' vm.outage.longest == 0 ')).to.deep.include({
      limit: { unit: 'duration', value: 0 },
    });
    expect(parseObjective('vm.loss < 0.1%')).to.deep.include({
      limit: { unit: 'percent', value: 0.1 },
    });
  });

  for (const [text, message, hint] of [
    ['vm.lossy == 0%', 'unknown metric "lossy"', 'did you mean "loss"?'],
    ['vn.loss == 0%', 'unknown probe "vn"', 'did you mean "vm"?'],
    [
      'loss == 0%',
      '"loss == 0%" is not an objective',
      'write it like vm.loss == 0% or keystone.latency.p99 <= 2x baseline',
    ],
    [
      'vm.loss = 0%',
      '"vm.loss = 0%" is not an objective',
      'write it like vm.loss == 0% or keystone.latency.p99 <= 2x baseline',
    ],
    ['vm.loss == 5ms', '"5ms" does not fit loss', 'loss takes a percentage such as 0.1%'],
    ['vm.loss == 5', '"5" does not fit loss', 'loss takes a percentage such as 0.1%'],
    ['vm.lost <= 2x baseline', '"2x baseline" does not fit lost', 'lost takes a number such as 0'],
    [
      'vm.latency.p99 <= 250',
      '"250" does not fit latency.p99',
      'latency.p99 takes a duration such as 250ms or 2x baseline',
    ],
    ['vm.lost == ', '"" is not a value of an objective', 'lost takes a number such as 0'],
    ['vm.lost == some', '"some" is not a value of an objective', 'lost takes a number such as 0'],
    [
      'pods.loss == 0%',
      'probe "pods" does not measure "loss"',
      'it measures ready.min, ready.shortfall, restarts',
    ],
  ] as const) {
    it(`refuses ${text}`, () => {
      expect(checkObjective(text, probes)).to.deep.equal({ message, hint });
    });
  }

  it('accepts what its probe measures', () => {
    expect(checkObjective('vm.loss == 0%', probes)).to.equal(null);
    expect(checkObjective('pods.ready.min >= 2', probes)).to.equal(null);
  });

  it('is by default that of every probe that is no control', () => {
    const seen = defaultObjectives([
      { name: 'vm', control: false, defaultObjectives: ['loss == 0%', 'outage.longest == 0ms'] },
      { name: 'gateway', control: true, defaultObjectives: ['loss == 0%'] },
    ]);
    expect(seen).to.deep.equal(['vm.loss == 0%', 'vm.outage.longest == 0ms']);
  });
});
