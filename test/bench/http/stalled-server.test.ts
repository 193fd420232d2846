import { expect } from 'chai';
import { closeToTruth } from '../../../bench/http/stalled-server.ts';

const of = (p99: number) => ({ requests: 1000, p50: 0.5, p99, max: 1000 });
const round = (said: number, atMost: number | null = null) => {
  return { said: of(said), atMost: atMost === null ? null : of(atMost), truth: of(900) };
};
const judge = (...rounds: ReturnType<typeof round>[]) => closeToTruth('a stall', 'p99', rounds);

describe('the bench’s promise about a stalled server', () => {
  it('holds up to 2 % off, either way, and says how far it was', () => {
    expect(judge(round(900), round(917))).to.deep.equal({
      what: 'a stall: p99 within 2 % of the truth',
      figure: '1.89 % off at most in 2 rounds; 0 held up, the truth within their bounds in 0',
      holds: true,
    });
    expect(judge(round(900), round(883)).holds).to.equal(true);
    expect(judge(round(900), round(919)).holds).to.equal(false);
    expect(judge(round(900), round(881)).holds).to.equal(false);
  });

  it('of a round that was held up asks only that the truth lies between what is said', () => {
    expect(judge(round(900), round(10, 905)).holds).to.equal(true);
    expect(judge(round(900), round(10, 700)).holds).to.equal(false);
    expect(judge(round(900), round(950, 960)).holds).to.equal(false);
  });

  it('does not hold when most rounds were held up, or there was none', () => {
    expect(judge(round(900), round(10, 905), round(10, 905)).holds).to.equal(false);
    expect(judge().holds).to.equal(false);
  });
});
