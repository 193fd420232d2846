import type { OpenProbe, ProbeContext } from '../../src/contracts/probe.ts';
import { NS_PER_MS } from '../../src/model/time.ts';
import { type Board, createBoard, type ProbeEvent } from './board.ts';
import type { PodsConfig } from './config.ts';
import { firstLook, type Look } from './first-look.ts';
import type { WatchLoopOptions, WatchNews } from './followed.ts';
import type { Change, Versioned } from './object-store.ts';
import { followResource } from './watch-loop.ts';
import { watchTiming } from './watch-timing.ts';

export const open: OpenProbe<PodsConfig> = async (config, context) => {
  const { kubernetes, namespace, pods, workloads } = await firstLook(config, context);
  const { now } = context;
  const timing = watchTiming(config.relist / NS_PER_MS);
  const options: WatchLoopOptions = { kubernetes, timing, now, random: Math.random };
  const watched = [pods, ...workloads].map(({ resource }) => resource.name).join(', ');
  return {
    type: 'watch',
    engine: `list and watch of ${watched} in ${namespace}`,
    run: async (stop) => {
      const board = createBoard(config.workloads ?? null);
      const specs = workloads.flatMap(({ first }) => first.items);
      emitAll(context, board.start(pods.first.items, specs, now()));
      await Promise.all([
        follow(pods, context, options, stop, (changes, gap) => board.pods(changes, gap, now())),
        ...workloads.map((look) => follow(look, context, options, stop, specEvents(board, now))),
      ]);
    },
    close: () => Promise.resolve(),
  };
};

function specEvents(board: Board, now: ProbeContext['now']) {
  return (changes: Parameters<Board['specs']>[0]) => board.specs(changes, now());
}

async function follow<T extends Versioned>(
  { resource, first }: Look<T>,
  context: ProbeContext,
  options: WatchLoopOptions,
  stop: AbortSignal,
  eventsOf: (
    changes: readonly Change<T>[],
    gap: Parameters<WatchNews<T>['changed']>[1],
  ) => readonly ProbeEvent[],
): Promise<void> {
  const news = watchNews(resource.name, context, eventsOf);
  await followResource(resource, first, news, options, stop);
}

function watchNews<T>(
  resource: string,
  context: ProbeContext,
  eventsOf: (...news: Parameters<WatchNews<T>['changed']>) => readonly ProbeEvent[],
): WatchNews<T> {
  const base = {
    target: null,
    subject: { kind: 'watch', name: resource, uid: null },
    serverTime: null,
  };
  return {
    changed: (changes, gap) => {
      emitAll(context, eventsOf(changes, gap));
    },
    watch: (what, detail) => {
      context.emit({ ...base, kind: 'watch', at: context.now(), end: null, what, detail });
    },
    blind: ({ start, end }) => {
      context.emit({
        ...base,
        kind: 'blind',
        at: start,
        end,
        what: 'watch-lost',
        detail: { resource },
      });
    },
  };
}

function emitAll({ emit }: ProbeContext, events: readonly ProbeEvent[]): void {
  for (const event of events) emit(event);
}
