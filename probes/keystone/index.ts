import { ATTEMPT_METRICS, probeKind } from '../../src/contracts/probe.ts';
import { moduleUrl } from '../../src/platform/module-url.ts';
import { keystoneConfig, operationInterval } from './config.ts';
import { loadProblems } from './load-account.ts';

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
  metrics: ATTEMPT_METRICS,
  defaultObjectives: ['failed == 0', 'outage.longest == 0ms'],
  targets: (config) => {
    const intervalNs = operationInterval(config);
    return config.operations.map((name, index) => ({
      name,
      intervalNs,
      timeoutNs: config.timeout,
      offsetNs: Math.round((index * intervalNs) / config.operations.length),
    }));
  },
  preflight: loadProblems,
});
