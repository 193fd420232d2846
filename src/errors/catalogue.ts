import { EXIT } from './exit-codes.ts';

/**
 * Every error rollproof gives on purpose, by code: its exit code and what the reader of docs/errors.md should know.
 * A test holds this list and docs/errors.md together both ways. Keep it sorted by code.
 */
export const CATALOGUE = {
  'cluster-unreachable': {
    exitCode: EXIT.verifier,
    summary: 'The Kubernetes API could not be reached or refused the request.',
  },
  'export-exists': {
    exitCode: EXIT.verifier,
    summary: 'An export would write over files that are already there.',
  },
  'export-incomplete': {
    exitCode: EXIT.verifier,
    summary: 'Not all points of a run are in the store.',
  },
  'icmp-not-permitted': {
    exitCode: EXIT.verifier,
    summary: 'This process may not send ICMP.',
  },
  'import-incomplete': {
    exitCode: EXIT.verifier,
    summary: 'Not all that was given could be imported.',
  },
  internal: {
    exitCode: EXIT.verifier,
    summary: 'A bug in rollproof.',
  },
  'keystone-login-failed': {
    exitCode: EXIT.verifier,
    summary: 'Keystone did not give the probe its first token.',
  },
  'metrics-address': {
    exitCode: EXIT.verifier,
    summary: 'The address for the metrics cannot be listened on.',
  },
  'probe-config': {
    exitCode: EXIT.verifier,
    summary: 'A probe cannot work with what the scenario or the environment gives it.',
  },
  'run-directory': {
    exitCode: EXIT.verifier,
    summary: "The run's directory or file could not be made, written or read.",
  },
  'scenario-invalid': {
    exitCode: EXIT.usage,
    summary: 'The scenario has mistakes; each is a line file:line:column.',
  },
  'store-config': {
    exitCode: EXIT.verifier,
    summary: 'The time-series store lacks a setting, or has one that cannot be.',
  },
  'store-unwritable': {
    exitCode: EXIT.verifier,
    summary: 'A time-series store that the scenario requires cannot be written to.',
  },
  usage: {
    exitCode: EXIT.usage,
    summary: 'The command line is wrong.',
  },
  'worker-failed': {
    exitCode: EXIT.verifier,
    summary: 'A measuring worker did not start or ended by itself.',
  },
} as const;

export type ErrorCode = keyof typeof CATALOGUE;
