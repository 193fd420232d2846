import type { MetricName } from '../contracts/probe.ts';

/** `latency.*` counts from the sending, `response.*` from the due time. */
export type LatencyMetric = Extract<MetricName, `latency.${string}` | `response.${string}`>;

export function isLatencyMetric(metric: MetricName): metric is LatencyMetric {
  return /^(latency|response)\./.test(metric);
}
