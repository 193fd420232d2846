const CONFIDENCE = 0.95;

/**
 * One-sided 95 % upper bound of the loss rate, %, when `unsuccessful` of `attempts` were lost; null without attempts.
 *
 * Nothing lost: 3/n, the rule of three (Hanley and Lippman-Hand, "If nothing goes wrong, is everything all right?", JAMA
 * 1983). Otherwise exact: Clopper and Pearson, Biometrika 26 (1934): the rate p at which so few losses would be
 * seen in 5 % of runs, P(X ≤ k | n, p) = I(1 − p; n − k, k + 1) = 0.05.
 *
 *     0 of 100 → 3, 1 of 100 → 4.656, 100 of 100 → 100
 */
export function lossUpperBoundPct(unsuccessful: number, attempts: number): number | null {
  if (attempts === 0) return null;
  if (unsuccessful === 0) return Math.min(100, 300 / attempts);
  if (unsuccessful >= attempts) return 100;
  let low = unsuccessful / attempts;
  let high = 1;
  // Bisection: the probability falls as p rises. 60 halvings exhaust a double.
  for (let round = 0; round < 60; round++) {
    const p = (low + high) / 2;
    const seen = regularizedBeta(1 - p, attempts - unsuccessful, unsuccessful + 1);
    if (seen > 1 - CONFIDENCE) low = p;
    else high = p;
  }
  return high * 100;
}

/** I(x; a, b), by the continued fraction DLMF 8.17.22 on the side where it converges fast (8.17.4 for the other). */
export function regularizedBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - regularizedBeta(1 - x, b, a);
  const front = Math.exp(
    a * Math.log(x) +
      b * Math.log1p(-x) +
      logGamma(a + b) -
      logGamma(a) -
      logGamma(b) -
      Math.log(a),
  );
  return front * continuedFraction(x, a, b);
}

/** Modified Lentz (Thompson and Barnett, J. Comput. Phys. 64 (1986)); needs about √max(a, b) rounds. */
function continuedFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const apart = (value: number) => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / apart(1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m <= 100_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / apart(1 + even * d);
    c = apart(1 + even / c);
    value *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / apart(1 + odd * d);
    c = apart(1 + odd / c);
    value *= d * c;
    if (Math.abs(d * c - 1) < 1e-14) break;
  }
  return value;
}

/** ln Γ(x) for x ≥ 1: Stirling's series (DLMF 5.11.1) after moving x beyond 10 by Γ(x + 1) = x Γ(x). */
function logGamma(x: number): number {
  let shift = 0;
  let at = x;
  for (; at < 10; at++) shift += Math.log(at);
  const square = at * at;
  const series =
    (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / 1188 / square) / square) / square) / square) /
    at;
  return (at - 0.5) * Math.log(at) - at + Math.log(2 * Math.PI) / 2 + series - shift;
}
