import type { LiveSnapshot, PodHistory } from '../model/analysis.ts';
import type { RunEvent } from '../model/event.ts';

type Pod = {
  readonly probe: string;
  readonly name: string;
  readonly uid: string;
  readonly atStart: boolean;
  image: string | null;
  node: string | null;
  ready: boolean;
  readonly transitions: PodHistory['transitions'][number][];
};

/** Pod events → one history per pod, by UID: a pod of the same name made anew is another pod. */
export function createPods() {
  const pods = new Map<string, Pod>();
  return {
    event: (event: RunEvent) => {
      const { subject, probe, at, what, serverTime, detail } = event;
      if (subject === null) return;
      const uid = subject.uid ?? subject.name;
      const key = `${probe ?? ''}/${uid}`;
      const pod =
        pods.get(key) ?? newPod(probe ?? '', subject.name, uid, detail['atStart'] === true);
      pods.set(key, pod);
      pod.transitions.push({ at, what, serverTime });
      if (typeof detail['image'] === 'string') pod.image = detail['image'];
      if (typeof detail['node'] === 'string') pod.node = detail['node'];
      pod.ready =
        typeof detail['ready'] === 'boolean' ? detail['ready'] : readyAfter(what, pod.ready);
    },
    /** Those that still exist. */
    live: (): LiveSnapshot['pods'] =>
      [...pods.values()].flatMap(({ name, image, ready, transitions }) => {
        const what = transitions.at(-1)?.what ?? '';
        return what === 'deleted' ? [] : [{ name, image, what, ready }];
      }),
    finish: (): readonly PodHistory[] =>
      [...pods.values()].map(({ probe, name, uid, image, node, atStart, transitions }) => ({
        probe,
        name,
        uid,
        image,
        node,
        atStart,
        transitions: transitions.toSorted((a, b) => a.at - b.at),
      })),
  };
}

function newPod(probe: string, name: string, uid: string, atStart: boolean): Pod {
  return { probe, name, uid, atStart, image: null, node: null, ready: false, transitions: [] };
}

function readyAfter(what: string, before: boolean): boolean {
  switch (what) {
    case 'ready':
      return true;
    case 'not-ready':
    case 'terminating':
    case 'deleted':
    case 'failed':
    case 'succeeded':
      return false;
    default:
      return before;
  }
}
