/** Exit codes of rollproof: a public interface (README, docs/errors.md). */
export const EXIT = {
  pass: 0,
  fail: 1,
  inconclusive: 2,
  usage: 3,
  step: 4,
  verifier: 5,
  interrupted: 130,
} as const;
