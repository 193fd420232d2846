import { KubeConfig } from '@kubernetes/client-node';
import type { StepContext } from '../../src/contracts/step.ts';
import { silentLogger } from '../../src/platform/log.ts';

export type TestContext = StepContext & {
  readonly lines: string[];
  readonly logged: string[];
  readonly abort: () => void;
};

/** A step's context that keeps what it is told; `port` is that of an API server on loopback. */
export function testContext(port = 1): TestContext {
  const controller = new AbortController();
  const lines: string[] = [];
  const logged: string[] = [];
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: 'k', server: `http://127.0.0.1:${String(port)}`, skipTLSVerify: false },
    { name: 'u' },
  );
  return {
    kubernetes: () => Promise.resolve({ config, namespace: 'openstack' }),
    log: {
      ...silentLogger,
      info: (fields, message) => {
        logged.push(`${JSON.stringify(fields)} ${message}`);
      },
    },
    signal: controller.signal,
    env: { PATH: process.env['PATH'], FROM_OUTSIDE: 'outside' },
    progress: (_fraction, line) => {
      lines.push(line);
    },
    lines,
    logged,
    abort: () => {
      controller.abort();
    },
  };
}
