import type { ProbeContext } from '../../src/contracts/probe.ts';
import { resolveAll } from '../../src/platform/resolve-name.ts';
import { every } from '../../src/platform/timers.ts';
import { parseAddress } from './address.ts';
import type { ResolvedHost } from './resolve-hosts.ts';

const EVERY_MS = 60_000;

/**
 * Says to which addresses names were resolved, and once a minute whether that has changed: pings still go to the first address, so once the
 * name has it no longer, a loss may be nobody's. Until the returned function is called.
 */
export function watchNames(
  hosts: readonly ResolvedHost[],
  { emit, now }: Pick<ProbeContext, 'emit' | 'now'>,
  resolve: (name: string) => Promise<readonly string[]> = resolveAll,
  periodically: (turn: () => void) => () => void = (turn) => every(EVERY_MS, turn),
): () => void {
  const names = hosts.filter(({ host }) => parseAddress(host) === null);
  const pinged = new Map<string, string>();
  /** What was said last. */
  const known = new Map<string, string>();
  const say = (host: string, what: string, detail: { readonly [key: string]: string }) => {
    const nothing = { end: null, subject: null, serverTime: null };
    emit({ kind: 'probe', at: now(), target: host, what, detail, ...nothing });
  };
  for (const { host, address } of names) {
    if (known.has(host)) continue;
    pinged.set(host, address.destination);
    known.set(host, address.destination);
    say(host, 'resolved', { address: address.destination });
  }
  if (known.size === 0) return () => undefined;
  return periodically(() => {
    for (const [host, own] of pinged) {
      resolve(host).then(
        (texts) => {
          // As ours are written: the resolver may write them otherwise, and in another order each time.
          const addresses = texts.map((text) => parseAddress(text)?.destination ?? text);
          const was = known.get(host) ?? own;
          const address = [own, was].find((one) => addresses.includes(one)) ?? addresses[0];
          if (address === undefined || address === was) return;
          known.set(host, address);
          say(host, 're-resolved', { address, was });
        },
        // Nothing depends on it while the run goes on.
        () => undefined,
      );
    }
  });
}
