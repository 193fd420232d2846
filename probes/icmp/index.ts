import { ATTEMPT_METRICS, probeKind } from '../../src/contracts/probe.ts';
import { icmpConfig } from './config.ts';
import { chooseEngine } from './engine.ts';
import { planPings } from './ping-plan.ts';

export const icmp = probeKind({
  kind: 'icmp',
  summary: 'Pings hosts: ICMP echo requests to each, at a fixed interval.',
  config: icmpConfig,
  worker: async (config) => (await chooseEngine(config)).worker,
  metrics: ATTEMPT_METRICS,
  defaultObjectives: ['loss == 0%', 'outage.longest == 0ms'],
  targets: (config) =>
    planPings(config).map(({ name, intervalNs }, i, all) => ({
      name,
      intervalNs,
      timeoutNs: config.timeout,
      offsetNs: Math.round((i * intervalNs) / all.length),
    })),
  preflight: async (config) => (await chooseEngine(config)).preflight(config),
});
