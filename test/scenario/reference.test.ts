import { expect } from 'chai';
import { scenarioReference } from '../../src/scenario/reference.ts';
import { registry } from './kinds.ts';

describe('the scenario reference', () => {
  const lines = scenarioReference(registry).split('\n');

  it('has a row for each key with its form, default and meaning', () => {
    expect(lines).to.include('| `every` | duration | `20ms` | The interval. |');
    expect(lines).to.include('| `hosts` | list of text | required | Whom to ping. |');
    expect(lines).to.include('| `size` | whole number, 0 to 1400 | `56` | Bytes of payload. |');
    expect(lines).to.include(
      '| `operations` | list of `issue` or `validate` | `["issue"]` | What it does. |',
    );
    expect(lines).to.include('| `labels` | map of name: text |  | Anything. |');
    expect(lines).to.include('| `version` | `1` | required | The version of this format: 1. |');
  });

  it('goes into maps, and says what is secret', () => {
    expect(lines).to.include('| `auth.password` | text | required | The password. Secret. |');
    expect(lines).to.include('| `auth.id` | text | required |  |');
  });

  it('has a chapter for each kind, with its metrics and default objectives', () => {
    expect(lines).to.include.members(['### ping', '### login', '### wait', '### scale']);
    expect(lines).to.include('Metrics: `loss`, `outage.longest`, `latency.p99`.');
    expect(lines).to.include('Without `objectives`: `failed == 0`.');
    expect(lines).to.include('| `failed` |  | yes |');
  });

  it('does not mix the keys of kinds into what all have in common', () => {
    const steps = lines.slice(lines.indexOf('## Upgrade steps'), lines.indexOf('### wait'));
    expect(steps.filter((line) => line.startsWith('| `'))).to.have.length(1);
  });
});
