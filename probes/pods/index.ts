import { probeKind, WATCH_METRICS } from '../../src/contracts/probe.ts';
import { CodedError } from '../../src/errors/coded-error.ts';
import { moduleUrl } from '../../src/platform/module-url.ts';
import { podsConfig } from './config.ts';
import { firstLook } from './first-look.ts';

export const pods = probeKind({
  kind: 'pods',
  summary:
    'Watches pods on Kubernetes: readiness, restarts, images, deletion, and ready counts against what the strategy allows.',
  config: podsConfig,
  worker: () =>
    Promise.resolve({
      module: moduleUrl('./measure.ts', import.meta.url),
      isolation: 'thread',
    }),
  metrics: WATCH_METRICS,
  defaultObjectives: ['ready.shortfall == 0'],
  targets: () => [],
  preflight: async (config, environment) => {
    try {
      await firstLook(config, environment);
      return [];
    } catch (error) {
      if (error instanceof CodedError) return [error];
      throw error;
    }
  },
});
