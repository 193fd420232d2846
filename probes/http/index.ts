import { ATTEMPT_METRICS, probeKind, RESPONSE_METRICS } from '../../src/contracts/probe.ts';
import { CodedError } from '../../src/errors/coded-error.ts';
import { moduleUrl } from '../../src/platform/module-url.ts';
import { loadTls } from '../shared/http/tls-options.ts';
import { loadProblems } from '../shared/identity/load-account.ts';
import { httpConfig, targetsOf } from './config.ts';

/** Asks an HTTP API for one answer without pause: any OpenStack service, or what runs on a workload. */
export const http = probeKind({
  kind: 'http',
  summary: 'Sends one HTTP request at a steady rate and checks the answer.',
  config: httpConfig,
  worker: () =>
    Promise.resolve({
      module: moduleUrl('./measure.ts', import.meta.url),
      isolation: 'thread',
    }),
  metrics: [...ATTEMPT_METRICS, ...RESPONSE_METRICS],
  defaultObjectives: ['failed == 0', 'outage.longest == 0ms'],
  targets: targetsOf,
  preflight: async (config, environment) => {
    const { ca = null, cert = null, key = null, insecure = false } = config;
    const ofToken = config.token === undefined ? [] : await loadProblems(config.token, environment);
    try {
      await loadTls({ ca, cert, key, insecure });
      return ofToken;
    } catch (error) {
      if (error instanceof CodedError) return [error, ...ofToken];
      throw error;
    }
  },
});
