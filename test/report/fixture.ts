import type {
  Counts,
  LatencyByPhase,
  LatencyPoint,
  LatencySummary,
  LiveSnapshot,
  Outage,
  PodHistory,
  ProbeNote,
  ReplicaAnalysis,
  RequestTimes,
  RunAnalysis,
  TargetAnalysis,
  TokenPair,
} from '../../src/model/analysis.ts';
import type { ExportAccount } from '../../src/model/export.ts';
import type { Judgement } from '../../src/model/verdict.ts';
import type { LiveView } from '../../src/report/live.ts';
import { type ReportView, reportView } from '../../src/report/view.ts';

const S = 1e9;
const MS = 1e6;
const OLD = 'registry.example/kolla/keystone:2025.1';
const NEW = 'registry.example/kolla/keystone:2025.2';

export const ANCHOR = { monotonicNs: 5n, wallNs: 1_795_403_686_000_000_001n };

/**
 * A rolling upgrade of three pods: baseline 0 to 10 s, upgrade 10 to 40 s, settle 40 to 50 s. Keystone is out for 0.34 s
 * at 21 s, as the second old pod ends; its probe is blind at 31 s for 1.2 s; the VM loses nothing.
 */
export function rollingUpgrade(over: Partial<RunAnalysis> = {}): RunAnalysis {
  return {
    run: '2026-11-23T03-14-46Z-keystone-rolling-upgrade',
    scenario: 'keystone-rolling-upgrade',
    end: 50.2 * S,
    phases: [
      { phase: 'baseline', start: 0, end: 10 * S },
      { phase: 'upgrade', start: 10 * S, end: 40 * S },
      { phase: 'settle', start: 40 * S, end: 50 * S },
    ],
    steps: [
      {
        name: 'expand the database',
        kind: 'command',
        start: 10 * S,
        end: 12.4 * S,
        result: 'ok',
        why: null,
      },
      {
        name: 'roll keystone',
        kind: 'setImage',
        start: 12.4 * S,
        end: 38 * S,
        result: 'ok',
        why: null,
      },
      {
        name: 'contract the database',
        kind: 'command',
        start: 38 * S,
        end: 40 * S,
        result: 'ok',
        why: null,
      },
    ],
    probes: [
      {
        name: 'vm',
        kind: 'icmp',
        control: false,
        engine: 'net-ping, raw socket',
        targets: [target('10.0.0.5', {})],
        workloads: [],
        replicas: [],
        tokenPairs: [],
        notes: [],
      },
      {
        name: 'keystone',
        kind: 'keystone',
        control: false,
        engine: 'undici, HTTP/1.1 over TLS',
        targets: [
          target('issue', {
            counts: { due: 2500, ok: 2423, lost: 0, failed: 17, unsent: 60 },
            lossPct: 0.6967,
            lossUpperBoundPct: 1.04,
            resolutionNs: 1.22 * S,
            reasons: { refused: 17 },
            outages: [OUTAGE],
            scale: 30,
            requests: requests(30),
          }),
          target('validate', {
            counts: { due: 2500, ok: 2440, lost: 0, failed: 0, unsent: 60 },
            resolutionNs: 1.22 * S,
            scale: 12,
            requests: requests(12),
          }),
        ],
        workloads: [],
        replicas: REPLICAS,
        tokenPairs: TOKEN_PAIRS,
        notes: NOTES,
      },
      {
        name: 'pods',
        kind: 'pods',
        control: false,
        engine: 'list and watch',
        targets: [],
        workloads: [
          {
            kind: 'Deployment',
            name: 'keystone-api',
            points: [
              { at: 0, ready: 3, desired: 3, floor: 2, restarts: 0 },
              { at: 20.9 * S, ready: 2, desired: 3, floor: 2, restarts: 0 },
              { at: 22.5 * S, ready: 3, desired: 3, floor: 2, restarts: 0 },
            ],
          },
        ],
        replicas: [],
        tokenPairs: [],
        notes: [],
      },
    ],
    blind: [{ probe: 'keystone', start: 31 * S, end: 32.2 * S, cause: 'verifier-stalled' }],
    pods: [
      oldPod('keystone-api-6bdd47c9f4-2xk8q', 16.5),
      oldPod('keystone-api-6bdd47c9f4-9hzlm', 20.9),
      oldPod('keystone-api-6bdd47c9f4-tq7wd', 29),
      newPod('keystone-api-7f9c65d8bb-j4pvn', 12.6, 4),
      newPod('keystone-api-7f9c65d8bb-m2c9s', 17, 5.5),
      newPod('keystone-api-7f9c65d8bb-zz81k', 23, 6),
    ],
    latencyOverTime: {
      vm: wave(0.2 * MS, []),
      keystone: wave(9 * MS, [
        [21, 21.4],
        [31, 32.3],
      ]),
    },
    complete: true,
    ...over,
  };
}

/** k2 was replaced at 21 s; its successor has other fernet keys. */
const REPLICAS: readonly ReplicaAnalysis[] = ['k1', 'k2'].map((name) => ({
  kind: 'Endpoint',
  name,
  uid: null,
  ok: name === 'k1' ? 50 : 46,
  unsuccessful: name === 'k1' ? 0 : 4,
  down:
    name === 'k1' ? [] : [{ start: 21 * S, end: 24 * S, checks: 4, reason: 'refused' as const }],
  latency: latency(28),
}));

const NOTES: readonly ProbeNote[] = [
  { at: 0, target: null, subject: null, what: 'logged-in', detail: { tokenLifetimeMs: 3_600_000 } },
  {
    at: 24 * S,
    target: null,
    subject: null,
    what: 'api-version',
    detail: { from: 'v3.14', to: 'v3.15' },
  },
  {
    at: 50 * S,
    target: 'issue',
    subject: null,
    what: 'kept-alive',
    detail: { requests: 2440, onKept: 12 },
  },
];

const TOKEN_PAIRS: readonly TokenPair[] = ['k1', 'k2'].flatMap((issuedBy) =>
  ['k1', 'k2'].flatMap((validatedBy) =>
    [true, false].map((before) => {
      const crossed =
        validatedBy === 'k2' ? issuedBy === 'k1' || before : issuedBy === 'k2' && !before;
      return {
        issuedBy,
        before,
        validatedBy,
        ok: 12,
        refused: crossed ? 9 : 0,
        unanswered: validatedBy === 'k2' ? 2 : 0,
        firstRefused: crossed ? 25 * S : null,
        lastRefused: crossed ? 49 * S : null,
        reason: crossed ? ('auth' as const) : null,
      };
    }),
  ),
);

export const OUTAGE: Outage = {
  start: 21.02 * S,
  end: 21.36 * S,
  atLeastNs: 340 * MS,
  atMostNs: 380 * MS,
  samples: 17,
  reason: 'refused',
  phase: 'upgrade',
  step: 'roll keystone',
  suspects: [
    {
      kind: 'Pod',
      name: 'keystone-api-6bdd47c9f4-9hzlm',
      what: 'terminating',
      at: 20.9 * S,
      serverTime: '2026-11-23T03:15:06Z',
    },
    {
      kind: 'Pod',
      name: 'keystone-api-7f9c65d8bb-m2c9s',
      what: 'ready',
      at: 22.5 * S,
      serverTime: '2026-11-23T03:15:08Z',
    },
  ],
  sharedWith: null,
  open: false,
};

export function target(
  name: string,
  { scale = 1, ...over }: Partial<TargetAnalysis> & { readonly scale?: number },
): TargetAnalysis {
  const counts: Counts = { due: 2510, ok: 2510, lost: 0, failed: 0, unsent: 0 };
  return {
    name,
    intervalNs: 20 * MS,
    timeoutNs: S,
    counts,
    phases: { baseline: counts, upgrade: counts, settle: counts },
    reasons: {},
    late: 0,
    duplicate: 0,
    reordered: 0,
    closedIdle: 0,
    lossPct: 0,
    resolutionNs: 20.4 * MS,
    lossUpperBoundPct: 0.1195,
    outages: [],
    latency: {
      baseline: latency(scale),
      upgrade: latency(scale * 1.4),
      settle: latency(scale * 1.1),
    },
    latencyAtMost: { baseline: null, upgrade: null, settle: null },
    requests: null,
    ...over,
  };
}

/** Of connections to an address, over TLS. */
function requests(scale: number): RequestTimes {
  const of = (share: number): LatencyByPhase => ({
    baseline: latency(scale * share),
    upgrade: latency(scale * share * 1.4),
    settle: latency(scale * share * 1.1),
  });
  const none = { baseline: null, upgrade: null, settle: null };
  return {
    response: of(1.05),
    responseAtMost: none,
    stages: { dns: none, connect: of(0.02), tls: of(0.1), firstByte: of(0.8) },
  };
}

function latency(scale: number): LatencySummary {
  const ns = (ms: number) => Math.round(ms * scale * MS);
  return {
    count: 500,
    min: ns(0.12),
    mean: ns(0.31),
    p50: ns(0.28),
    p90: ns(0.5),
    p99: ns(1.2),
    p999: ns(2.7),
    max: ns(4.1),
  };
}

function oldPod(name: string, ends: number): PodHistory {
  return pod(name, OLD, [
    [-0.2, 'added'],
    [-0.2, 'ready'],
    [ends, 'terminating'],
    [ends + 0.4, 'not-ready'],
    [ends + 2.6, 'deleted'],
  ]);
}

function newPod(name: string, begins: number, takes: number): PodHistory {
  return pod(name, NEW, [
    [begins, 'added'],
    [begins + 0.1, 'scheduled'],
    [begins + 1, 'running'],
    [begins + takes, 'ready'],
  ]);
}

function pod(
  name: string,
  image: string,
  transitions: readonly (readonly [number, string])[],
): PodHistory {
  return {
    probe: 'pods',
    name,
    uid: `uid-of-${name}`,
    image,
    node: 'node-1',
    atStart: image === OLD,
    transitions: transitions.map(([at, what]) => ({ at: at * S, what, serverTime: null })),
  };
}

/** A point each 0.25 s with some movement, and none within the gaps (s). */
function wave(base: number, gaps: readonly (readonly [number, number])[]): readonly LatencyPoint[] {
  return Array.from({ length: 200 }, (_, nth) => nth * 0.25)
    .filter((at) => !gaps.some(([from, to]) => at >= from && at < to))
    .map((at) => ({
      at: at * S,
      p50: base * (1 + 0.15 * Math.sin(at * 1.7) + (at > 12 && at < 38 ? 0.4 : 0)),
      max: base * (2.2 + Math.sin(at * 7.3) + (at > 19 && at < 24 ? 14 : 0)),
      count: 12,
    }));
}

export const FAIL: Judgement = {
  verdict: 'fail',
  exitCode: 1,
  why: '1 of 3 objectives failed: keystone.failed == 0',
  objectives: [
    {
      text: 'vm.loss == 0%',
      expected: '0%',
      observed: '0% (10.0.0.5, 2,010 samples)',
      verdict: 'pass',
      why: 'an outage longer than 20.4ms was certain to be seen; loss below 0.15% (95 %)',
    },
    {
      text: 'keystone.failed == 0',
      expected: '0',
      observed: '17',
      verdict: 'fail',
      why: '17 of issue, all in the step roll keystone',
    },
    {
      text: 'keystone.latency.p99 <= 2x baseline',
      expected: '<= 72ms',
      observed: '50.4ms (issue)',
      verdict: 'inconclusive',
      why: 'the probe was blind for 1.2s of the window',
    },
  ],
};

export function viewOf(
  analysis: RunAnalysis,
  judgement: Judgement = FAIL,
  exported: ExportAccount | null = null,
): ReportView {
  return reportView({
    analysis,
    judgement,
    anchor: ANCHOR,
    rollproofVersion: '0.1.0',
    exported,
    directory: 'runs/2026-11-23T03-14-46Z-roll',
  });
}

/** One probe with very many targets; the worst stands in the middle of the list. */
export function manyTargets(count: number): RunAnalysis {
  const plain = rollingUpgrade();
  const targets = Array.from({ length: count }, (_, nth) =>
    target(
      `10.1.${String(nth >> 8)}.${String(nth & 255)}`,
      nth === count >> 1
        ? { counts: { due: 2510, ok: 2500, lost: 10, failed: 0, unsent: 0 }, outages: [OUTAGE] }
        : {},
    ),
  );
  return {
    ...plain,
    probes: [
      {
        name: 'vms',
        kind: 'icmp',
        control: false,
        engine: null,
        targets,
        workloads: [],
        replicas: [],
        tokenPairs: [],
        notes: [],
      },
    ],
  };
}

export function liveView(over: Partial<LiveSnapshot> = {}, run: Partial<LiveView> = {}): LiveView {
  const plain = {
    due: 1052,
    ok: 1052,
    unsuccessful: 0,
    unsent: 0,
    p99: 0.4 * MS,
    outageNs: null,
    outages: 0,
  };
  const pods = rollingUpgrade().pods.slice(1, 5);
  return {
    scenario: 'keystone-rolling-upgrade',
    elapsedNs: 21.3 * S,
    remainingNs: null,
    warning: null,
    step: {
      index: 1,
      count: 3,
      name: 'roll keystone',
      fraction: 0.4,
      line: '1 of 3 updated, waiting for keystone-api-7f9c65d8bb-m2c9s',
    },
    snapshot: {
      phase: 'upgrade',
      step: 'roll keystone',
      targets: [
        { ...plain, probe: 'vm', target: '10.0.0.5' },
        {
          ...plain,
          probe: 'keystone',
          target: 'issue',
          ok: 1035,
          unsuccessful: 14,
          unsent: 3,
          p99: 41 * MS,
          outageNs: 280 * MS,
          outages: 1,
        },
        { ...plain, probe: 'keystone', target: 'validate', unsent: 3, p99: 17 * MS },
      ],
      workloads: [{ probe: 'pods', name: 'keystone-api', ready: 2, desired: 3, floor: 2 }],
      pods: pods.map(({ name, image }, nth) => ({
        name,
        image,
        what: nth === 0 ? 'terminating' : nth === 3 ? 'running' : 'ready',
        ready: nth === 1 || nth === 2,
      })),
      blindNs: 60 * MS,
      ...over,
    },
    ...run,
  };
}
