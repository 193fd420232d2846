import type { AttemptResult, ProbeContext } from '../../../src/contracts/probe.ts';
import { considerableStall } from '../../../src/model/considerable-stall.ts';
import type { Json, ReplicaCheck } from '../../../src/model/event.ts';
import { type DurationNs, NS_PER_MS, type RunNs } from '../../../src/model/time.ts';
import { redactor } from '../../../src/platform/log.ts';
import { after, every } from '../../../src/platform/timers.ts';
import { openConnections } from '../../shared/http/connections.ts';
import type { ExchangeOptions } from '../../shared/http/exchange.ts';
import { type Account, secretsOf } from '../../shared/identity/account.ts';
import { keystoneService } from '../../shared/identity/service.ts';
import { type IssuedToken, issuedTokens } from './issued-tokens.ts';
import { type Replica, type ReplicaSource, replicaKey } from './replica.ts';

/** The direct checks of the replicas behind a public URL. */
export type ReplicaChecks = {
  /** Begins to ask; again it does nothing. */
  readonly start: () => void;
  /** The upgrade has begun. */
  readonly upgrade: () => void;
  /** Resolves when what is in flight has ended. */
  readonly close: () => Promise<void>;
};

/**
 * Every `everyNs` each replica is asked, over new connections and one after the other, for a token and to validate two: in turn those that the replicas (it
 * among them) issued before the upgrade, and those issued since. Every check is a `replica` event. Nothing is judged by it, so it has no schedule that is accounted for.
 */
export function replicaChecks(
  source: ReplicaSource,
  options: {
    readonly account: Account;
    readonly everyNs: DurationNs;
    readonly timeoutNs: DurationNs;
    readonly context: Pick<ProbeContext, 'now' | 'emit' | 'stalledSince'>;
  },
): ReplicaChecks {
  const { account, timeoutNs, context } = options;
  const { now, emit } = context;
  const tokens = issuedTokens();
  const lines = new Map<string, ReturnType<typeof openReplica>>();
  const flying = new Set<Promise<void>>();
  const waiting = new Set<() => void>();

  const lineOf = (replica: Replica) => {
    const key = replicaKey(replica);
    const line = lines.get(key) ?? openReplica(replica, account, { timeoutNs, now });
    lines.set(key, line);
    return line;
  };
  const tell = (
    replica: Replica,
    result: AttemptResult,
    what: 'issue' | 'validate',
    token: IssuedToken | null,
    began: RunNs,
  ) => {
    const at = result.sent ?? began;
    const { kind, name, uid } = replica;
    emit({
      kind: 'replica',
      at,
      end: now(),
      target: null,
      subject: { kind, name, uid },
      what,
      serverTime: null,
      detail: checkDetail(weighed(result, context.stalledSince(at), timeoutNs), token),
    });
  };
  const issueAt = async (replica: Replica) => {
    const { service, over } = lineOf(replica);
    const began = now();
    const { value, result } = await service.issue(over);
    if (value !== null) tokens.adopt(replica, value);
    tell(replica, result, 'issue', null, began);
  };
  const validateAt = async (replica: Replica, issued: IssuedToken) => {
    const { service, over } = lineOf(replica);
    const began = now();
    const { result } = await service.validate(over, issued.token);
    tell(replica, result, 'validate', issued, began);
  };
  /** One after the other: a burst of them would disturb what is measured beside them. */
  const check = async (replica: Replica) => {
    await issueAt(replica);
    for (const token of tokens.nextFor(replicaKey(replica), now(), timeoutNs)) {
      await validateAt(replica, token);
    }
  };
  const begin = (replica: Replica) => {
    const checking = check(replica);
    flying.add(checking);
    void checking.finally(() => flying.delete(checking));
  };
  /** Each replica has its turn, spread over the time until the next round. */
  const round = () => {
    const replicas = source.current();
    for (const [index, replica] of replicas.entries()) {
      const wait = (index * options.everyNs) / (replicas.length * NS_PER_MS);
      const cancel = after(wait, () => {
        waiting.delete(cancel);
        begin(replica);
      });
      waiting.add(cancel);
    }
    // Every check has a connection of its own, which ends with it: of a pod that has gone nothing is left open.
    const known = new Set(replicas.map(replicaKey));
    for (const key of lines.keys()) if (!known.has(key)) lines.delete(key);
  };
  let stop: (() => void) | null = null;
  return {
    start: () => {
      if (stop !== null) return;
      stop = every(options.everyNs / NS_PER_MS, round);
      round();
    },
    upgrade: tokens.freeze,
    close: async () => {
      stop?.();
      for (const cancel of waiting) cancel();
      source.close();
      await Promise.all(flying);
      for (const { connections } of lines.values()) connections.close();
    },
  };
}

/** One replica asked as the public URL is, but at its own address. */
function openReplica(
  { url }: Replica,
  account: Account,
  { timeoutNs, now }: Pick<ExchangeOptions, 'timeoutNs' | 'now'>,
) {
  // An address is in no certificate: the replica is held to the public name.
  const publicName = isAddress(url.hostname) ? account.url.hostname : null;
  const server = { origin: url.origin, tls: account.tls, servername: publicName };
  const connections = openConnections(server, { now });
  const over: ExchangeOptions = { connections, class: 'new', timeoutNs, now };
  const service = keystoneService({ ...account, url }, redactor(secretsOf(account)));
  return { connections, over, service };
}

function isAddress(hostname: string): boolean {
  return hostname.startsWith('[') || /^[0-9.]+$/.test(hostname);
}

/** What went wrong while this process stood still says nothing of the replica; how long an answer took then is not known. */
function weighed(
  result: AttemptResult,
  stalledNs: DurationNs,
  timeoutNs: DurationNs,
): AttemptResult {
  if (result.outcome === 'ok') {
    return stalledNs > 10 * NS_PER_MS ? { ...result, latency: null } : result;
  }
  if (result.outcome === 'unsent' || stalledNs < considerableStall(timeoutNs)) return result;
  return { ...result, outcome: 'unsent', reason: 'verifier-stalled', latency: null };
}

function checkDetail(
  { outcome, reason, latency, detail }: AttemptResult,
  token: IssuedToken | null,
): ReplicaCheck & Readonly<Record<string, Json>> {
  return {
    outcome,
    reason,
    latencyNs: latency,
    ...(token === null
      ? {}
      : { issuedBy: token.issuedBy.name, issuerUid: token.issuedBy.uid, before: token.before }),
    ...(detail === undefined ? {} : { message: detail }),
  };
}
