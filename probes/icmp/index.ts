import { ATTEMPT_METRICS, probeKind } from '../../src/contracts/probe.ts';
import { CodedError } from '../../src/errors/coded-error.ts';
import { moduleUrl } from '../../src/platform/module-url.ts';
import { icmpConfig } from './config.ts';
import { checkIcmp } from './permission.ts';
import { resolveHosts } from './resolve-hosts.ts';

export const icmp = probeKind({
  kind: 'icmp',
  summary: 'Pings hosts: ICMP echo requests to each, at a fixed interval.',
  config: icmpConfig,
  isolation: 'process',
  module: moduleUrl('./measure.ts', import.meta.url),
  metrics: ATTEMPT_METRICS,
  defaultObjectives: ['loss == 0%', 'outage.longest == 0ms'],
  targets: ({ hosts, every, timeout }) =>
    hosts.map((name, i) => ({
      name,
      intervalNs: every,
      timeoutNs: timeout,
      offsetNs: Math.round((i * every) / hosts.length),
    })),
  preflight: async ({ hosts }) => {
    const resolved = await resolveHosts(hosts);
    const families = new Set(
      resolved.map((host) => (host instanceof CodedError ? 4 : host.address.family)),
    );
    const permissions = await Promise.all([...families].map(checkIcmp));
    return [...permissions, ...resolved].filter((problem) => problem instanceof CodedError);
  },
});
