import { distance } from 'fastest-levenshtein';
import {
  ATTEMPT_METRICS,
  type MetricName,
  RESPONSE_METRICS,
  WATCH_METRICS,
} from '../contracts/probe.ts';
import { formatDuration, parseDuration } from '../model/duration.ts';
import type { DurationNs } from '../model/time.ts';
import { isLatencyMetric } from './latency-metric.ts';

/** Longer ones first, so that `<=` is not read as `<`. */
export const OPERATORS = ['==', '!=', '<=', '>=', '<', '>'] as const;
export type Operator = (typeof OPERATORS)[number];

export type Limit =
  | { readonly unit: 'number'; readonly value: number }
  | { readonly unit: 'percent'; readonly value: number }
  | { readonly unit: 'duration'; readonly value: DurationNs }
  | { readonly unit: 'baseline'; readonly factor: number };

export type Objective = {
  readonly probe: string;
  readonly metric: MetricName;
  readonly operator: Operator;
  readonly limit: Limit;
};

export type ObjectiveProblem = { readonly message: string; readonly hint: string | null };

const METRICS: readonly MetricName[] = [...ATTEMPT_METRICS, ...RESPONSE_METRICS, ...WATCH_METRICS];
const SHAPE = /^\s*([^\s.=!<>]+)\.([^\s=!<>]+)\s*(==|!=|<=|>=|<|>)\s*(.*?)\s*$/;
const GRAMMAR = 'write it like vm.loss == 0% or keystone.latency.p99 <= 2x baseline';

/**
 * An objective, parsed before the run:
 *
 *     OBJECTIVE = PROBE "." METRIC OP VALUE
 *     OP        = "==" | "!=" | "<" | "<=" | ">" | ">="
 *     VALUE     = number | percentage `0.1%` | duration `250ms` | factor `2x baseline`
 *
 * The value's unit is the metric's: `loss` takes a percentage, `latency.*`, `response.*`, `outage.longest` and `outage.total` a
 * duration, the others a number; only `latency.*` and `response.*` take `x baseline`. A bare `0` has every unit.
 *
 *     vm.outage.longest == 0ms → { probe: vm, metric: outage.longest, operator: ==, limit: 0 ns }
 */
export function parseObjective(text: string): Objective | ObjectiveProblem {
  const [, probe, metricText, operatorText, valueText] = SHAPE.exec(text) ?? [];
  const operator = OPERATORS.find((known) => known === operatorText);
  if (probe === undefined || metricText === undefined || operator === undefined) {
    return { message: `"${text}" is not an objective`, hint: GRAMMAR };
  }
  const metric = METRICS.find((known) => known === metricText);
  if (metric === undefined) {
    return { message: `unknown metric "${metricText}"`, hint: nearest(metricText, METRICS) };
  }
  const limit = limitOf(valueText ?? '', metric);
  return 'message' in limit ? limit : { probe, metric, operator, limit };
}

/** The objective in its canonical spelling; parses to itself. */
export function printObjective({ probe, metric, operator, limit }: Objective): string {
  return `${probe}.${metric} ${operator} ${printLimit(limit)}`;
}

export function printLimit(limit: Limit): string {
  switch (limit.unit) {
    case 'number':
      return plain(limit.value);
    case 'percent':
      return `${plain(limit.value)}%`;
    case 'duration':
      return exactDuration(limit.value);
    case 'baseline':
      return `${plain(limit.factor)}x baseline`;
  }
}

/** Whether an objective of a scenario can be judged at all: its grammar, its probe, and that the probe has the metric. */
export function checkObjective(
  text: string,
  probes: readonly { readonly name: string; readonly metrics: readonly MetricName[] }[],
): ObjectiveProblem | null {
  const objective = parseObjective(text);
  if ('message' in objective) return objective;
  const probe = probes.find(({ name }) => name === objective.probe);
  if (probe === undefined) {
    const names = probes.map(({ name }) => name);
    return { message: `unknown probe "${objective.probe}"`, hint: nearest(objective.probe, names) };
  }
  if (probe.metrics.includes(objective.metric)) return null;
  return {
    message: `probe "${probe.name}" does not measure "${objective.metric}"`,
    hint: `it measures ${probe.metrics.join(', ')}`,
  };
}

type Unit = Exclude<Limit['unit'], 'baseline'>;

export function unitOf(metric: MetricName): Unit {
  if (metric === 'loss') return 'percent';
  if (metric === 'outage.longest' || metric === 'outage.total') return 'duration';
  return isLatencyMetric(metric) ? 'duration' : 'number';
}

const EXAMPLE: Readonly<Record<Unit, string>> = {
  number: 'a number such as 0',
  percent: 'a percentage such as 0.1%',
  duration: 'a duration such as 250ms',
};

function limitOf(text: string, metric: MetricName): Limit | ObjectiveProblem {
  const unit = unitOf(metric);
  const limit = readLimit(text, unit);
  const relative = isLatencyMetric(metric);
  const example = relative ? `${EXAMPLE[unit]} or 2x baseline` : EXAMPLE[unit];
  const hint = `${metric} takes ${example}`;
  if (limit === null) return { message: `"${text}" is not a value of an objective`, hint };
  const fits = limit.unit === unit || (limit.unit === 'baseline' && relative);
  return fits ? limit : { message: `"${text}" does not fit ${metric}`, hint };
}

function readLimit(text: string, unit: Unit): Limit | null {
  if (/^0+(\.0+)?$/.test(text)) return { unit, value: 0 };
  const factor = /^(\d+(?:\.\d+)?)\s*x\s+baseline$/.exec(text)?.[1];
  if (factor !== undefined) return { unit: 'baseline', factor: Number(factor) };
  const percent = /^(\d+(?:\.\d+)?)\s*%$/.exec(text)?.[1];
  if (percent !== undefined) return { unit: 'percent', value: Number(percent) };
  if (/^\d+(\.\d+)?$/.test(text)) return { unit: 'number', value: Number(text) };
  const value = parseDuration(text);
  return value === null ? null : { unit: 'duration', value };
}

function nearest(text: string, known: readonly string[]): string | null {
  const [best] = known.toSorted((a, b) => distance(text, a) - distance(text, b));
  if (best === undefined) return null;
  const near = distance(text, best) <= Math.max(2, Math.floor(best.length / 3));
  return near ? `did you mean "${best}"?` : `known: ${known.join(', ')}`;
}

/** Without an exponent, which the grammar does not have. */
function plain(value: number): string {
  const text = String(value);
  return text.includes('e') ? value.toFixed(20).replace(/\.?0+$/, '') : text;
}

/** For people when that loses nothing, else in ns. */
function exactDuration(ns: DurationNs): string {
  const text = formatDuration(ns);
  return parseDuration(text) === ns ? text : `${String(ns)}ns`;
}
