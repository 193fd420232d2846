import { NS_PER_S, type RunAnchor, type RunNs } from '../../model/time.ts';

/**
 * Run time → ns since 1970 in decimal, as a line ends: 19 digits, which no double holds. Seconds and their fraction are kept apart, as
 * whole numbers that doubles do hold (a BigInt for each point would cost more than the rest of its line).
 */
export function wallTimes(anchor: RunAnchor): (at: RunNs) => string {
  const perSecond = BigInt(NS_PER_S);
  const second = Number(anchor.wallNs / perSecond);
  const fraction = Number(anchor.wallNs % perSecond);
  return (at) => {
    const ns = fraction + Math.round(at);
    const whole = Math.floor(ns / NS_PER_S);
    // The leading 1 keeps the zeros of the fraction: 1_000_000_042 → 000000042.
    return `${String(second + whole)}${String(NS_PER_S + ns - whole * NS_PER_S).slice(1)}`;
  };
}
