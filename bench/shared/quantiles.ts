/** Value below which the share `p` of the values lies; NaN without values. */
export function quantile(values: readonly number[] | Float64Array, p: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted.length === 0
    ? Number.NaN
    : (sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))] ?? Number.NaN);
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The smallest value that the share `p` of the values does not exceed, as histograms give it; NaN without values. */
export function nearestRank(values: readonly number[], p: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)] ?? Number.NaN;
}
