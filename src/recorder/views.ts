/**
 * The views of a run file: what people ask for most, over tables `meta`, `probes`, `targets`, `events` and table or view `samples`. They say the same as
 * src/analysis says of a run; test/recorder/views.test.ts holds both together.
 */

/** Wall time (UTC) of a run time, as SQL: the anchor's plus it. */
export const wall = (column: string) =>
  `make_timestamp_ns((SELECT value::BIGINT FROM meta WHERE key = 'anchor_wall_ns') + ${column})`;

/** The phase that a time falls into, from table expression `phase_bounds` b of one row. */
const phaseOf = (time: string) => `CASE
    WHEN ${time} >= b.baseline AND ${time} < b.baseline_until THEN 'baseline'
    WHEN ${time} >= b.upgrade AND ${time} < b.upgrade_until THEN 'upgrade'
    WHEN ${time} >= b.settle AND ${time} < b.settle_until THEN 'settle' END`;

/** A phase that the run ended in has no end. */
const NEVER = '9223372036854775807';

const PHASE_BOUNDS = `phase_bounds AS (SELECT
    ${['baseline', 'upgrade', 'settle']
      .map(
        (phase) => `max(start_ns) FILTER (phase = '${phase}') AS ${phase},
    max(coalesce(until_ns, ${NEVER})) FILTER (phase = '${phase}') AS ${phase}_until`,
      )
      .join(',\n    ')}
    FROM phases)`;

const PHASES = `CREATE VIEW phases AS SELECT
    phase, start_ns, coalesce(lead(start_ns) OVER (ORDER BY start_ns), end_ns) AS until_ns
    FROM (SELECT subject AS phase, min(at_ns) FILTER (what = 'start') AS start_ns, max(at_ns) FILTER (what = 'end') AS end_ns
      FROM events WHERE kind = 'phase' AND subject IN ('baseline', 'upgrade', 'settle') GROUP BY subject)
    WHERE start_ns IS NOT NULL`;

const ATTEMPTS = `CREATE VIEW attempts AS SELECT
    p.name AS probe, t.name AS target, s.seq, ${wall('s.due_ns')} AS due, ${wall('s.sent_ns')} AS sent,
    s.latency_ns / 1e6 AS latency_ms, s.outcome, s.reason,
    (s.flags & 1) <> 0 AS late, (s.flags & 2) <> 0 AS disturbed, s.detail
    FROM samples s JOIN targets t USING (target_id) JOIN probes p USING (probe_id)`;

const HAPPENINGS = `CREATE VIEW happenings AS SELECT
    ${wall('at_ns')} AS time, ${wall('end_ns')} AS until, kind, what, subject_kind, subject, probe, target,
    server_time, detail
    FROM events`;

/**
 * Rows that are not ok are few, so only they are put in order: `spans` are those rows, and the seqs that are missing where a target's rows have gaps. Spans that touch make an
 * island; what stands right before and after an island is ok, or nothing.
 */
const ISLANDS = `incomplete AS (SELECT target_id FROM samples GROUP BY target_id HAVING count(*) <> max(seq)::BIGINT + 1),
    missing AS (SELECT target_id, seq::BIGINT + 1 AS from_seq, next_seq - 1 AS to_seq
      FROM (SELECT target_id, seq, lead(seq::BIGINT) OVER (PARTITION BY target_id ORDER BY seq) AS next_seq
        FROM samples SEMI JOIN incomplete USING (target_id))
      WHERE next_seq > seq::BIGINT + 1),
    spans AS (
      SELECT target_id, seq::BIGINT AS from_seq, seq::BIGINT AS to_seq, due_ns, outcome <> 'unsent' AS bad, reason::VARCHAR AS reason
        FROM samples WHERE outcome <> 'ok'
      UNION ALL SELECT target_id, from_seq, to_seq, NULL, false, 'unrecorded' FROM missing),
    touching AS (SELECT *, from_seq = lag(to_seq) OVER w + 1 AS touches, lag(bad) OVER w AS after_bad
      FROM spans WINDOW w AS (PARTITION BY target_id ORDER BY from_seq)),
    numbered AS (SELECT *, count(*) FILTER (touches IS NOT true) OVER w AS island,
      count(*) FILTER (touches IS NOT true OR bad <> after_bad) OVER w AS stretch
      FROM touching WINDOW w AS (PARTITION BY target_id ORDER BY from_seq))`;

const OUTAGES = `CREATE VIEW outages AS WITH ${PHASE_BOUNDS},
    ${ISLANDS},
    stretches AS (SELECT target_id, island, max(due_ns) - arg_min(due_ns, from_seq) AS length_ns
      FROM numbered WHERE bad GROUP BY target_id, island, stretch),
    longest AS (SELECT target_id, island, max(length_ns) AS at_least_ns FROM stretches GROUP BY ALL),
    reasons AS (SELECT target_id, island, reason, count(*) AS times, min(from_seq) AS first_seq
      FROM numbered WHERE bad GROUP BY ALL),
    commonest AS (SELECT target_id, island, first(reason ORDER BY times DESC, first_seq) AS reason FROM reasons GROUP BY ALL),
    out AS (SELECT target_id, island, min(from_seq) - 1 AS before_seq, max(to_seq) + 1 AS after_seq,
      arg_min(due_ns, from_seq) FILTER (bad) AS first_ns, arg_max(due_ns, from_seq) FILTER (bad) AS last_ns,
      count(*) FILTER (bad) AS samples
      FROM numbered GROUP BY ALL HAVING count(*) FILTER (bad) > 0)
    SELECT p.name AS probe, t.name AS target, ${wall('o.first_ns')} AS first, ${wall('o.last_ns')} AS last,
    l.at_least_ns / 1e6 AS at_least_ms,
    (coalesce(n.sent_ns, n.due_ns) + coalesce(n.latency_ns, 0) - coalesce(k.sent_ns, k.due_ns)) / 1e6 AS at_most_ms,
    o.samples, c.reason, ${phaseOf('o.first_ns')} AS phase, n.seq IS NULL AS open
    FROM out o JOIN longest l USING (target_id, island) JOIN commonest c USING (target_id, island)
    JOIN targets t USING (target_id) JOIN probes p USING (probe_id)
    CROSS JOIN phase_bounds b
    LEFT JOIN samples k ON k.target_id = o.target_id AND k.seq = o.before_seq
    LEFT JOIN samples n ON n.target_id = o.target_id AND n.seq = o.after_seq`;

const LATENCY_BY_PHASE = `CREATE VIEW latency_by_phase AS WITH ${PHASE_BOUNDS},
    answers AS (SELECT target_id, latency_ns, ${phaseOf('s.due_ns')} AS phase FROM samples s CROSS JOIN phase_bounds b
      WHERE outcome = 'ok' AND flags & 3 = 0 AND latency_ns >= 0),
    summed AS (SELECT target_id, phase, count(*) AS count, min(latency_ns) / 1e6 AS min_ms, avg(latency_ns) / 1e6 AS mean_ms,
      quantile_disc(latency_ns, [0.5, 0.9, 0.99, 0.999]) AS p, max(latency_ns) / 1e6 AS max_ms
      FROM answers WHERE phase IS NOT NULL GROUP BY ALL)
    SELECT p.name AS probe, t.name AS target, s.phase, s.count, s.min_ms, s.mean_ms,
    s.p[1] / 1e6 AS p50_ms, s.p[2] / 1e6 AS p90_ms, s.p[3] / 1e6 AS p99_ms, s.p[4] / 1e6 AS p999_ms, s.max_ms
    FROM summed s JOIN targets t USING (target_id) JOIN probes p USING (probe_id)`;

const TIMELINE = `CREATE VIEW timeline AS WITH
    ${ISLANDS},
    unsent AS (SELECT target_id, arg_min(due_ns, from_seq) AS first_ns, max(to_seq) + 1 AS after_seq, max(due_ns) AS last_ns,
      arg_min(reason, from_seq) AS reason
      FROM numbered WHERE NOT bad GROUP BY target_id, stretch)
    SELECT time, until, kind, what, subject_kind, subject, probe, target, detail FROM happenings
    UNION ALL SELECT first, last, 'outage', reason, NULL, NULL, probe, target,
      concat('{"atLeastMs":', at_least_ms, ',"atMostMs":', coalesce(at_most_ms::VARCHAR, 'null'), ',"samples":', samples, ',"open":', open, '}')
      FROM outages
    UNION ALL SELECT ${wall('u.first_ns')}, ${wall('coalesce(n.due_ns, u.last_ns)')}, 'unsent', u.reason, NULL, NULL, p.name, t.name, '{}'
      FROM unsent u JOIN targets t USING (target_id) JOIN probes p USING (probe_id)
      LEFT JOIN samples n ON n.target_id = u.target_id AND n.seq = u.after_seq
      WHERE u.first_ns IS NOT NULL
    ORDER BY time`;

/** Statements that make them, in an order in which each finds those that it is made of. */
export const VIEWS: readonly string[] = [
  ATTEMPTS,
  HAPPENINGS,
  PHASES,
  OUTAGES,
  LATENCY_BY_PHASE,
  TIMELINE,
];

/**
 * The same views for one connection to a run file that is open for reading: whatever version it is of has them, as this rollproof says them.
 * In the order of VIEWS.
 */
export const TEMPORARY_VIEWS: readonly string[] = VIEWS.map((statement) =>
  statement.replace('CREATE VIEW', 'CREATE TEMP VIEW'),
);
