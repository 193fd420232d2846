import { randomBytes } from 'node:crypto';
import { CodedError } from '../errors/coded-error.ts';
import type { Logger } from '../platform/log.ts';
import { makeNetworkMachine, type NetworkMachine } from '../platform/netns.ts';
import { makeTemporaryDirectory } from '../platform/temporary-directory.ts';
import { sleep } from '../platform/timers.ts';
import type { Store } from './api/store.ts';
import { startCluster } from './cluster.ts';
import { cloudsYaml, kubeconfig } from './credentials.ts';
import { type FaultReport, podEnvironment, strikeDuringRollout } from './fault-injection.ts';
import type { FaultName } from './faults.ts';
import { probeOnce } from './kubelet/readiness.ts';
import type { LabPace } from './pace.ts';
import { proxyService, type ServiceProxy } from './service/proxy.ts';
import {
  DEPLOYMENT,
  keystoneDeployment,
  keystoneService,
  NAMESPACE,
  PORT,
  type WorkloadOptions,
} from './workload.ts';

export type LabOptions = {
  readonly fault: FaultName | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  /** Where the workload VM lives: a network namespace (root), an address in 127/8, or nowhere. */
  readonly vm: 'namespace' | 'loopback' | 'none';
  /** Shorter times, for tests. */
  readonly pace?: Partial<LabPace>;
  readonly workload?: Partial<
    Pick<WorkloadOptions, 'minReadySeconds' | 'preStopSeconds' | 'drainSeconds'>
  >;
};

export type Lab = {
  /** Path of a kubeconfig. */
  readonly kubeconfig: string;
  /** Path of a clouds.yaml with the cloud `lab`. */
  readonly cloudsYaml: string;
  /** What a child needs to find the lab: KUBECONFIG, OS_CLIENT_CONFIG_FILE and the scenario's LAB_* variables. */
  readonly env: Readonly<Record<string, string>>;
  readonly vmAddress: string | null;
  /** `http://127.0.0.1:PORT`, the Service in front of the replicas. */
  readonly keystoneUrl: string;
  /** Tells the fault `stalled-verifier` whom to stop. */
  readonly watchVerifier: (pid: number) => void;
  /** Told what a fault does, when it does it. */
  readonly onFault: (listener: (report: FaultReport) => void) => void;
  /** Ends every process, connection and namespace of the lab. May be called again. */
  readonly stop: () => Promise<void>;
};

/** A load balancer with health checks of its own notices a dead backend this late or later: nobody waits for it here. */
const SLOW_PROXY_MS = 1000;
const READY_WITHIN_MS = 60_000;

/** The workload's timings in the demo: a roll of three replicas takes about 21 s and loses nothing. */
const DEMO_WORKLOAD = { minReadySeconds: 6, preStopSeconds: 2, drainSeconds: 3 };

/**
 * Brings up the cluster, three Keystone replicas behind a Service, and the VM; resolves when the Service answers through
 * every replica. Throws CodedError when that does not happen.
 */
export async function startLab(options: LabOptions): Promise<Lab> {
  const undo: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    return await build(options, undo, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function build(
  options: LabOptions,
  undo: (() => Promise<void>)[],
  stop: () => Promise<void>,
): Promise<Lab> {
  const { fault, log } = options;
  const key = () => randomBytes(32).toString('hex');
  const machine = options.vm === 'namespace' ? await makeNetworkMachine() : null;
  if (machine !== null) undo.push(machine.remove);
  const cluster = await startCluster({
    podEnv: podEnvironment(fault, key()),
    ...(options.pace === undefined ? {} : { pace: options.pace }),
  });
  undo.push(cluster.close);
  const { store, api, pace } = cluster;

  const service = store.create('services', keystoneService());
  const proxy = await proxyService(store, service, {
    delayMs: fault === 'no-drain' ? SLOW_PROXY_MS : pace.proxyDelayMs,
    host: '127.0.0.1',
    port: 0,
  });
  undo.push(proxy.close);
  const keystoneUrl = `http://127.0.0.1:${String(proxy.port)}`;
  const password = randomBytes(12).toString('hex');
  store.create(
    'deployments',
    keystoneDeployment({
      ...DEMO_WORKLOAD,
      ...options.workload,
      fault,
      tokenKey: key(),
      password,
      publicUrl: keystoneUrl,
    }),
  );

  const files = makeTemporaryDirectory('rollproof-lab-');
  undo.push(files.remove);
  const kubeconfigPath = await files.write('kubeconfig', kubeconfig(api.url, NAMESPACE));
  const cloudsPath = await files.write('clouds.yaml', cloudsYaml(keystoneUrl, password));

  const listeners = new Set<(report: FaultReport) => void>();
  const verifiers = new Set<number>();
  await allServing(store, proxy);
  if (fault !== null) {
    const calm = strikeDuringRollout(store, fault, {
      blackhole: blackholeOf(machine),
      verifiers: () => [...verifiers],
      report: (report) => {
        log.info(report, 'fault');
        for (const listener of listeners) listener(report);
      },
    });
    undo.push(calm);
  }

  const vmAddress = vmAddressOf(options.vm, machine);
  return {
    kubeconfig: kubeconfigPath,
    cloudsYaml: cloudsPath,
    env: {
      KUBECONFIG: kubeconfigPath,
      OS_CLIENT_CONFIG_FILE: cloudsPath,
      LAB_KEYSTONE_URL: keystoneUrl,
      // The scenario names it even where its probe is left out.
      LAB_VM_ADDRESS: vmAddress ?? '127.0.0.1',
    },
    vmAddress,
    keystoneUrl,
    watchVerifier: (pid) => {
      verifiers.add(pid);
    },
    onFault: (listener) => {
      listeners.add(listener);
    },
    stop,
  };
}

/** Waits until every replica is available and answers, and the proxy has followed. */
async function allServing(store: Store, proxy: ServiceProxy): Promise<void> {
  for (let waited = 0; waited < READY_WITHIN_MS; waited += 50) {
    const { spec, status } = store.get('deployments', NAMESPACE, DEPLOYMENT);
    const available = status.availableReplicas === spec.replicas;
    const settled = status.conditions?.some(({ reason }) => reason === 'NewReplicaSetAvailable');
    const complete = available && settled === true && proxy.backends() === spec.replicas;
    if (complete && (await allAnswer(store))) return;
    await sleep(50);
  }
  const said = store
    .list('events')
    .filter(({ type }) => type === 'Warning')
    .at(-1);
  throw new CodedError(
    'internal',
    `the lab's replicas did not get ready within ${String(READY_WITHIN_MS / 1000)} s: ${said?.message ?? 'no reason known'}`,
    'is the machine very busy? Try again',
  );
}

/** Ready is what a probe said; a replica without one may not be listening yet. */
async function allAnswer(store: Store): Promise<boolean> {
  const httpGet = { path: '/ready', port: PORT };
  const answers = await Promise.all(
    store.list('pods').map(({ status }) => probeOnce(status.podIP ?? '', { httpGet })),
  );
  return answers.every(({ ok }) => ok);
}

function blackholeOf(machine: NetworkMachine | null): (on: boolean) => Promise<void> {
  if (machine !== null) return machine.blackhole;
  return () =>
    Promise.reject(new CodedError('internal', 'the VM has no namespace to cut off', null));
}

function vmAddressOf(vm: LabOptions['vm'], machine: NetworkMachine | null): string | null {
  switch (vm) {
    case 'namespace':
      return machine?.address ?? null;
    case 'loopback':
      return '127.0.0.53';
    case 'none':
      return null;
  }
}
