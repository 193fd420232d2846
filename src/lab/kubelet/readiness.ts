import { get } from 'node:http';
import { sleep } from '../../platform/timers.ts';
import type { HttpProbe } from '../objects.ts';

export type ProbeOutcome = { readonly ok: true } | { readonly ok: false; readonly why: string };

/** One HTTP readiness probe: 200 to 399 is ready. */
export async function probeOnce(address: string, probe: HttpProbe): Promise<ProbeOutcome> {
  const { path, port } = probe.httpGet;
  const url = `http://${address}:${String(port)}${path}`;
  return new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: (probe.timeoutSeconds ?? 1) * 1000 });
    request.on('response', (response) => {
      response.resume();
      const code = response.statusCode ?? 0;
      const why = `HTTP probe failed with statuscode: ${String(code)}`;
      resolve(code >= 200 && code < 400 ? { ok: true } : { ok: false, why });
    });
    request.on('timeout', () => {
      const why = `Get "${url}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`;
      resolve({ ok: false, why });
      request.destroy();
    });
    request.on('error', ({ message }) => {
      const refused = message.includes('ECONNREFUSED');
      const why = refused
        ? `dial tcp ${address}:${String(port)}: connect: connection refused`
        : message;
      resolve({ ok: false, why: `Get "${url}": ${why}` });
    });
  });
}

/**
 * Probes until aborted. `ready` is told at successThreshold successes in a row, `unready` at failureThreshold failures;
 * `failed` of every failure.
 */
export async function probeReadiness(
  address: string,
  probe: HttpProbe,
  stop: AbortSignal,
  tell: { readonly ready: (is: boolean) => void; readonly failed: (why: string) => void },
): Promise<void> {
  const { periodSeconds = 10, successThreshold = 1, failureThreshold = 3 } = probe;
  await sleep((probe.initialDelaySeconds ?? 0) * 1000, stop);
  const stopped = () => stop.aborted;
  let successes = 0;
  let failures = 0;
  while (!stopped()) {
    const outcome = await probeOnce(address, probe);
    if (stopped()) return;
    if (outcome.ok) {
      failures = 0;
      if (++successes >= successThreshold) tell.ready(true);
    } else {
      successes = 0;
      tell.failed(outcome.why);
      if (++failures >= failureThreshold) tell.ready(false);
    }
    await sleep(periodSeconds * 1000, stop);
  }
}
