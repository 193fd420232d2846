import { expect } from 'chai';
import type { AttemptResult } from '../../src/contracts/probe.ts';
import { weigh } from '../../src/engine/weighing.ts';
import { FLAG } from '../../src/model/sample.ts';

const MS = 1e6;
const target = { name: 't', intervalNs: 50 * MS, timeoutNs: 1000 * MS, offsetNs: 0 };
const ok: AttemptResult = { outcome: 'ok', reason: 'none', sent: 1 * MS, latency: 2 * MS };
const lost: AttemptResult = { outcome: 'lost', reason: 'timeout', sent: 1 * MS, latency: null };
const failed: AttemptResult = { outcome: 'failed', reason: 'reset', sent: 1 * MS, latency: null };

describe('weighing of a result', () => {
  const cases: readonly [string, AttemptResult, number, string, number][] = [
    ['an answer in time', ok, 0, 'ok none', 0],
    ['an answer while the loop stood still for 11 ms', ok, 11 * MS, 'ok none', FLAG.disturbed],
    [
      'an answer read just after its deadline',
      { ...ok, late: true },
      20 * MS,
      'ok none',
      FLAG.late | FLAG.disturbed,
    ],
    [
      'an answer read after a stall over its deadline',
      { ...ok, late: true },
      900 * MS,
      'unsent verifier-stalled',
      0,
    ],
    ['no answer', lost, 0, 'lost timeout', 0],
    ['no answer, a stall of less than a tenth of the timeout', lost, 99 * MS, 'lost timeout', 0],
    ['no answer, a stall of a tenth of the timeout', lost, 100 * MS, 'unsent verifier-stalled', 0],
    ['a failure beside a long stall', failed, 2000 * MS, 'unsent verifier-stalled', 0],
    ['a failure', failed, 0, 'failed reset', 0],
    ['an answer to what left too late', { ...ok, sent: 51 * MS }, 0, 'unsent late', 0],
    ['a loss of what left too late', { ...lost, sent: 51 * MS }, 0, 'unsent late', 0],
    [
      'a failure before anything left',
      { ...failed, sent: null, reason: 'dns' },
      0,
      'failed dns',
      0,
    ],
    [
      'a local send error',
      { outcome: 'unsent', reason: 'send-error', sent: null, latency: null },
      0,
      'unsent send-error',
      0,
    ],
  ];
  for (const [name, result, stalled, expected, flags] of cases) {
    it(`${name} → ${expected}`, () => {
      const weighed = weigh(result, target, 0, stalled);
      expect(`${weighed.outcome} ${weighed.reason}`).to.equal(expected);
      expect(weighed.flags).to.equal(flags);
    });
  }

  it('takes half of a short timeout for a considerable stall', () => {
    const short = { ...target, timeoutNs: 40 * MS };
    expect(weigh(lost, short, 0, 19 * MS).outcome).to.equal('lost');
    expect(weigh(lost, short, 0, 20 * MS).reason).to.equal('verifier-stalled');
  });
});
