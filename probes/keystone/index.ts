import { ATTEMPT_METRICS, probeKind, RESPONSE_METRICS } from '../../src/contracts/probe.ts';
import { moduleUrl } from '../../src/platform/module-url.ts';
import { loadProblems } from '../shared/identity/load-account.ts';
import { keystoneConfig, targetsOf } from './config.ts';

/** Logs in to Keystone and validates tokens without pause, as every OpenStack service does all day. */
export const keystone = probeKind({
  kind: 'keystone',
  summary: 'Issues and validates Keystone v3 tokens at a steady rate.',
  config: keystoneConfig,
  worker: () =>
    Promise.resolve({
      module: moduleUrl('./measure.ts', import.meta.url),
      isolation: 'thread',
    }),
  metrics: [...ATTEMPT_METRICS, ...RESPONSE_METRICS],
  defaultObjectives: ['failed == 0', 'outage.longest == 0ms'],
  targets: targetsOf,
  preflight: loadProblems,
});
