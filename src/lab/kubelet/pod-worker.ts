import { randomBytes } from 'node:crypto';
import { wallMs } from '../../platform/clock.ts';
import { type Program, startProgram } from '../../platform/program.ts';
import { sleep } from '../../platform/timers.ts';
import type { Store } from '../api/store.ts';
import { timestamp } from '../api/timestamp.ts';
import { type Occurrence, recordEvent } from '../controllers/events.ts';
import type { Container, ContainerState, Pod } from '../objects.ts';
import type { LabPace } from '../pace.ts';
import { programOf } from './images.ts';
import { type PodFacts, podStatus } from './pod-status.ts';
import { preStopSeconds } from './pre-stop.ts';
import { probeReadiness } from './readiness.ts';

export type PodWorkerOptions = {
  readonly store: Store;
  readonly node: { readonly name: string; readonly address: string };
  readonly podIP: string;
  readonly pace: LabPace;
  /** Added to what the container's own spec sets. */
  readonly env: (pod: Pod) => Readonly<Record<string, string>>;
};

/**
 * The life of one pod on its node, from binding to deletion: one child process at a time, probed, restarted when it
 * ends by itself, and stopped by preStop, SIGTERM and SIGKILL when the pod is deleted. Every change is reported in the
 * order in which a real kubelet reports it.
 */
export class PodWorker {
  readonly #options: PodWorkerOptions;
  readonly #namespace: string | undefined;
  readonly #name: string;
  readonly #uid: string;
  readonly #container: Container;
  /** Ends every wait: the pod is to stop, or the lab is. */
  readonly #ending = new AbortController();
  readonly #closing = new AbortController();
  readonly #life: Promise<void>;
  #program: Program | null = null;
  #probing: AbortController | null = null;
  #facts: PodFacts;

  constructor(pod: Pod, options: PodWorkerOptions) {
    const [container] = pod.spec.containers;
    if (container === undefined) throw new Error(`pod ${pod.metadata.name} has no container`);
    this.#options = options;
    this.#container = container;
    this.#namespace = pod.metadata.namespace;
    this.#name = pod.metadata.name;
    this.#uid = pod.metadata.uid;
    this.#facts = {
      hostIP: options.node.address,
      podIP: null,
      startTime: timestamp(wallMs()),
      state: { waiting: { reason: 'ContainerCreating' } },
      lastState: null,
      containerId: null,
      ready: false,
      restartCount: 0,
      ended: null,
    };
    this.#life = this.#live();
  }

  /** The pod has been marked for deletion. Calling it again changes nothing. */
  terminate(): void {
    this.#ending.abort();
  }

  /** Ends at once, without a word to the API: the lab is going away. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#ending.abort();
    this.#probing?.abort();
    this.#program?.signal('SIGKILL');
    await this.#life;
  }

  async #live(): Promise<void> {
    const { pace } = this.#options;
    this.#report({});
    await sleep(pace.containerCreateMs, this.#ending.signal);
    while (!this.#ending.signal.aborted) {
      const module = programOf(this.#container.image);
      if (module === null) await this.#failToPull();
      else await this.#runOnce(module);
    }
    await this.#stop();
  }

  async #runOnce(module: URL): Promise<void> {
    const { pace, podIP, env } = this.#options;
    const pod = this.#pod();
    if (pod === null) return;
    const { image, name } = this.#container;
    this.#event('Normal', 'Pulled', `Container image "${image}" already present on machine`);
    this.#event('Normal', 'Created', `Created container: ${name}`);
    const own = (this.#container.env ?? []).map(
      ({ name: key, value = '' }) => [key, value] as const,
    );
    const program = startProgram(module, {
      env: { ...Object.fromEntries(own), ...env(pod), ...this.#downward(pod) },
      nice: pace.nice,
    });
    this.#program = program;
    const startedAt = timestamp(wallMs());
    const started: PodFacts = {
      ...this.#facts,
      state: { running: { startedAt } },
      containerId: `containerd://${randomBytes(32).toString('hex')}`,
      podIP,
      ready: this.#container.readinessProbe === undefined,
    };
    this.#event('Normal', 'Started', `Started container ${name}`);
    await Promise.race([program.exited, sleep(pace.statusMs, this.#ending.signal)]);
    this.#report(started);
    this.#probe();
    const stopped = new Promise<null>((resolve) => {
      const { signal } = this.#ending;
      if (signal.aborted) resolve(null);
      signal.addEventListener('abort', () => {
        resolve(null);
      });
    });
    const code = await Promise.race([program.exited, stopped]);
    if (code !== null) await this.#restart(code, startedAt);
  }

  /** The container ended by itself: the first restart is at once, later ones wait twice as long each. */
  async #restart(exitCode: number, startedAt: string): Promise<void> {
    const { pace } = this.#options;
    this.#probing?.abort();
    this.#program = null;
    const terminated = this.#terminated(exitCode, startedAt);
    this.#report({ state: terminated, ready: false });
    const restarts = this.#facts.restartCount;
    if (restarts > 0) {
      const waitMs = Math.min(300_000, pace.crashBackOffMs * 2 ** (restarts - 1));
      const backOff = `back-off ${String(Math.round(waitMs / 1000))}s restarting failed container=${this.#container.name} pod=${this.#name}_${this.#namespace ?? ''}(${this.#uid})`;
      const said = `Back-off restarting failed container ${this.#container.name} in pod ${this.#name}_${this.#namespace ?? ''}(${this.#uid})`;
      this.#event('Warning', 'BackOff', said);
      await sleep(pace.statusMs, this.#ending.signal);
      this.#report({
        state: { waiting: { reason: 'CrashLoopBackOff', message: backOff } },
        lastState: terminated,
      });
      await sleep(waitMs, this.#ending.signal);
    }
    if (this.#ending.signal.aborted) return;
    this.#facts = { ...this.#facts, lastState: terminated, restartCount: restarts + 1 };
  }

  async #failToPull(): Promise<void> {
    const { pace, podIP } = this.#options;
    const { image } = this.#container;
    const why = `failed to pull and unpack image "${image}": not found`;
    this.#event('Normal', 'Pulling', `Pulling image "${image}"`);
    this.#event('Warning', 'Failed', `Failed to pull image "${image}": ${why}`);
    this.#event('Warning', 'Failed', 'Error: ErrImagePull');
    await sleep(pace.statusMs, this.#ending.signal);
    this.#report({ podIP, state: { waiting: { reason: 'ErrImagePull', message: why } } });
    const backOff = `Back-off pulling image "${image}"`;
    this.#event('Normal', 'BackOff', backOff);
    this.#event('Warning', 'Failed', 'Error: ImagePullBackOff');
    await sleep(pace.crashBackOffMs, this.#ending.signal);
    if (this.#ending.signal.aborted) return;
    this.#report({ state: { waiting: { reason: 'ImagePullBackOff', message: backOff } } });
    await sleep(pace.crashBackOffMs, this.#ending.signal);
  }

  async #stop(): Promise<void> {
    const { store, pace } = this.#options;
    const pod = this.#pod();
    const graceMs = (pod?.metadata.deletionGracePeriodSeconds ?? 0) * 1000;
    const deadline = wallMs() + graceMs;
    await sleep(pace.noticeMs, this.#closing.signal);
    this.#report({});
    let exitCode = 137;
    if (this.#program !== null) {
      this.#event('Normal', 'Killing', `Stopping container ${this.#container.name}`);
      exitCode = await this.#stopProgram(this.#program, deadline);
    }
    this.#probing?.abort();
    if (this.#isClosed()) return;
    await sleep(pace.exitNoticeMs, this.#closing.signal);
    const startedAt = 'running' in this.#facts.state ? this.#facts.state.running.startedAt : null;
    const ended = exitCode === 0 ? 'Succeeded' : 'Failed';
    this.#report({ state: this.#terminated(exitCode, startedAt), ready: false, ended });
    await sleep(pace.removeMs, this.#closing.signal);
    const left = this.#pod();
    if (this.#isClosed() || left === null) return;
    store.remove('pods', store.markDeleted('pods', left, 0));
  }

  async #stopProgram(program: Program, deadline: number): Promise<number> {
    const hookMs = preStopSeconds(this.#container.lifecycle?.preStop) * 1000;
    const left = () => Math.max(0, deadline - wallMs());
    if (hookMs > 0) {
      const over = new AbortController();
      const waited = sleep(
        Math.min(hookMs, left()),
        AbortSignal.any([this.#closing.signal, over.signal]),
      );
      await Promise.race([program.exited, waited]);
      over.abort();
    }
    program.signal(this.#isClosed() ? 'SIGKILL' : 'SIGTERM');
    const over = new AbortController();
    const grace = sleep(left(), AbortSignal.any([this.#closing.signal, over.signal])).then(() => {
      if (!over.signal.aborted) program.signal('SIGKILL');
    });
    const code = await program.exited;
    over.abort();
    await grace;
    return code;
  }

  #probe(): void {
    const { readinessProbe } = this.#container;
    const { podIP } = this.#options;
    if (readinessProbe === undefined || this.#ending.signal.aborted) return;
    const probing = new AbortController();
    this.#probing = probing;
    void probeReadiness(podIP, readinessProbe, probing.signal, {
      ready: (ready) => {
        if (ready !== this.#facts.ready) this.#report({ ready });
      },
      failed: (why) => {
        this.#event('Warning', 'Unhealthy', `Readiness probe failed: ${why}`);
      },
    });
  }

  #report(change: Partial<PodFacts>): void {
    this.#facts = { ...this.#facts, ...change };
    const pod = this.#pod();
    if (pod === null || this.#isClosed()) return;
    const status = podStatus(pod, this.#facts, wallMs());
    this.#options.store.update('pods', { ...pod, status }, 'status');
  }

  #terminated(exitCode: number, startedAt: string | null): ContainerState {
    return {
      terminated: {
        exitCode,
        reason: exitCode === 0 ? 'Completed' : 'Error',
        startedAt,
        finishedAt: timestamp(wallMs()),
        ...(this.#facts.containerId === null ? {} : { containerID: this.#facts.containerId }),
      },
    };
  }

  #downward(pod: Pod): Readonly<Record<string, string>> {
    const [port] = this.#container.ports ?? [];
    return {
      POD_IP: this.#options.podIP,
      POD_NAME: pod.metadata.name,
      PORT: String(port?.containerPort ?? 80),
      IMAGE: this.#container.image,
    };
  }

  #event(type: Occurrence['type'], reason: string, message: string): void {
    const pod = this.#pod();
    if (pod === null || this.#isClosed()) return;
    const { store, node } = this.#options;
    const fieldPath = `spec.containers{${this.#container.name}}`;
    const source = { component: 'kubelet', host: node.name };
    recordEvent(store, pod, source, { type, reason, message, fieldPath });
  }

  #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** The pod as stored now; null when it is gone, or another one has its name. */
  #pod(): Pod | null {
    const pod = this.#options.store.find('pods', this.#namespace, this.#name);
    return pod?.metadata.uid === this.#uid ? pod : null;
  }
}
