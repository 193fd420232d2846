import { OUTCOMES, REASONS } from '../model/sample.ts';
import { SCHEDULED } from './scheduled.ts';
import { VIEWS } from './views.ts';

/** Version of the tables below, in `meta` under `schema`. docs/run-file.md documents them; a test compares both. */
export const SCHEMA_VERSION = 2;
/** The oldest that can still be read: nothing is ever changed in a run file that is there. */
export const OLDEST_SCHEMA = 1;

const names = (list: readonly string[]) => list.map((name) => `'${name}'`).join(', ');

/** Statements that make an empty run file, in order. Times are run ns; views give wall time in UTC. */
export const SCHEMA: readonly string[] = [
  `CREATE TYPE outcome AS ENUM (${names(OUTCOMES)})`,
  `CREATE TYPE reason AS ENUM (${names(REASONS)})`,
  `CREATE TABLE meta (key VARCHAR PRIMARY KEY, value VARCHAR NOT NULL)`,
  `CREATE TABLE probes (
    probe_id USMALLINT PRIMARY KEY, name VARCHAR NOT NULL, kind VARCHAR NOT NULL, control BOOLEAN NOT NULL,
    engine VARCHAR)`,
  `CREATE TABLE targets (
    target_id UINTEGER PRIMARY KEY, probe_id USMALLINT NOT NULL, target_index USMALLINT NOT NULL,
    name VARCHAR NOT NULL, interval_ns DOUBLE NOT NULL, timeout_ns DOUBLE NOT NULL, offset_ns DOUBLE NOT NULL)`,
  `CREATE TABLE steps (step_index USMALLINT PRIMARY KEY, name VARCHAR NOT NULL, kind VARCHAR NOT NULL)`,
  `CREATE TABLE objectives (objective_index USMALLINT PRIMARY KEY, text VARCHAR NOT NULL)`,
  `CREATE TABLE packed_samples (
    target_id UINTEGER NOT NULL, seq UINTEGER NOT NULL, start_ns BIGINT NOT NULL, lateness_ns BIGINT, latency_ns BIGINT,
    outcome outcome NOT NULL, reason reason NOT NULL, flags UTINYINT NOT NULL, detail VARCHAR)`,
  `CREATE TABLE timings (
    target_id UINTEGER NOT NULL, seq UINTEGER NOT NULL, dns_ns BIGINT, connect_ns BIGINT, tls_ns BIGINT,
    first_byte_ns BIGINT)`,
  `CREATE TABLE events (
    kind VARCHAR NOT NULL, at_ns BIGINT NOT NULL, end_ns BIGINT, probe VARCHAR, target VARCHAR,
    subject_kind VARCHAR, subject VARCHAR, subject_uid VARCHAR, what VARCHAR NOT NULL, server_time VARCHAR,
    detail VARCHAR NOT NULL)`,
  `CREATE VIEW samples AS SELECT
    p.target_id, p.seq, p.start_ns + ${SCHEDULED} AS due_ns, due_ns + p.lateness_ns AS sent_ns, p.latency_ns,
    p.outcome, p.reason, p.flags, p.detail
    FROM packed_samples p JOIN targets t USING (target_id)`,
  ...VIEWS,
];

/** Keys of `meta`. `ended_*` are there only when the run ended in order. */
export const META = {
  schema: 'schema',
  run: 'run',
  scenario: 'scenario',
  version: 'rollproof_version',
  monotonic: 'anchor_monotonic_ns',
  wall: 'anchor_wall_ns',
  endedAt: 'ended_at_ns',
  ending: 'ended',
  endedWhy: 'ended_why',
} as const;
