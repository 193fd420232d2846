import { expect } from 'chai';
import { type JsonSchema, scenarioJsonSchema } from '../../src/scenario/json-schema.ts';
import { registry } from './kinds.ts';

describe('the JSON schema for editors', () => {
  const schema = scenarioJsonSchema(registry);
  const at = (...path: readonly string[]): JsonSchema =>
    path.reduce<JsonSchema>((from, key) => from[key] as JsonSchema, schema);
  const probe = (...path: readonly string[]) =>
    at('properties', 'probes', 'additionalProperties', ...path);

  it('refuses unknown keys at every level', () => {
    expect(schema.additionalProperties).to.equal(false);
    expect(probe().additionalProperties).to.equal(false);
    expect(probe('properties', 'ping').additionalProperties).to.equal(false);
  });

  it('wants exactly one kind', () => {
    expect(probe().oneOf).to.deep.equal([{ required: ['ping'] }, { required: ['login'] }]);
    expect(at('properties', 'upgrade', 'items').oneOf).to.deep.equal([
      { required: ['wait'] },
      { required: ['scale'] },
    ]);
  });

  it('shows defaults as they are written, and descriptions', () => {
    expect(probe('properties', 'ping', 'properties', 'every')).to.include({
      default: '20ms',
      description: 'The interval.',
    });
    expect(probe('properties', 'login', 'properties', 'rate').default).to.equal('50/s');
    expect(at('properties', 'baseline').default).to.equal('60s');
  });

  it('requires only what has no default', () => {
    expect(schema.required).to.deep.equal(['version', 'name', 'probes']);
    expect(probe('properties', 'ping').required).to.deep.equal(['hosts']);
  });

  it('lets a variable stand for any single value', () => {
    const variable = { $ref: '#/$defs/variable' };
    for (const key of ['every', 'size', 'strict']) {
      expect(probe('properties', 'ping', 'properties', key).anyOf, key).to.deep.include(variable);
    }
    expect(at('$defs', 'variable')).to.deep.equal({ type: 'string', pattern: '\\$\\{' });
  });

  it('has none of the words that mean something else in JSON Schema, or nothing', () => {
    expect(JSON.stringify(schema)).not.to.match(/"format":"(duration|rate)"|"secret"|"oneKind"/);
  });
});
