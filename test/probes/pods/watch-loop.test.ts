import { expect } from 'chai';
import type { Span, WatchNews } from '../../../probes/pods/followed.ts';
import type { Change } from '../../../probes/pods/object-store.ts';
import { type PodFacts, podFacts } from '../../../probes/pods/pod-facts.ts';
import { readSnapshot, type WatchedResource } from '../../../probes/pods/snapshot.ts';
import { followResource } from '../../../probes/pods/watch-loop.ts';
import { type WatchTiming, watchTiming } from '../../../probes/pods/watch-timing.ts';
import { dropAnchor, runClock } from '../../../src/platform/clock.ts';
import { sleep } from '../../../src/platform/timers.ts';
import { podObject, refuse, type ScriptedApi, scriptedApi } from './scripted-api.ts';

const RESOURCE: WatchedResource<PodFacts> = {
  name: 'pods',
  path: '/api/v1/namespaces/default/pods',
  query: { labelSelector: 'app=web' },
  read: podFacts,
};

/** Short enough for a test; the cross-check far off unless a test wants it. */
const QUICK: Partial<WatchTiming> = {
  graceMs: 100,
  listMs: 1_000,
  retryMs: 20,
  patienceMs: 200,
  openMs: 1_000,
  floorMs: 5,
  capMs: 40,
  seamlessMs: 500,
};

type Following = {
  readonly told: string[];
  readonly gaps: (Span | null)[];
  readonly blind: Span[];
  readonly until: (condition: () => boolean) => Promise<void>;
  readonly stop: () => Promise<void>;
};

describe('watch loop', () => {
  let api: ScriptedApi;
  let following: Following | null = null;

  beforeEach(async () => {
    api = await scriptedApi();
    api.state = { version: '10', items: [podObject('a', 7)] };
  });
  afterEach(async () => {
    await following?.stop();
    following = null;
    await api.close();
  });

  async function follow(timing: Partial<WatchTiming> = {}, relistMs = 60_000): Promise<Following> {
    const first = await readSnapshot(api.kubernetes, RESOURCE, 1_000);
    if (!first.ok) throw new Error(first.message);
    const stop = new AbortController();
    const { now } = runClock(dropAnchor());
    const told: string[] = [];
    const gaps: (Span | null)[] = [];
    const blind: Span[] = [];
    const news: WatchNews<PodFacts> = {
      changed: (changes, gap) => {
        told.push(...changes.map(line));
        gaps.push(...changes.map(() => gap));
      },
      watch: (what) => {
        told.push(what);
      },
      blind: (span) => {
        told.push('blind');
        blind.push(span);
      },
    };
    const options = {
      kubernetes: api.kubernetes,
      timing: { ...watchTiming(relistMs), ...QUICK, ...timing },
      now,
      random: () => 0.5,
    };
    const done = followResource(RESOURCE, first, news, options, stop.signal);
    following = {
      told,
      gaps,
      blind,
      until: async (condition) => {
        for (let turn = 0; !condition(); turn++) {
          if (turn > 1_000) throw new Error(`never happened; told: ${told.join(', ')}`);
          await sleep(5);
        }
      },
      stop: async () => {
        stop.abort();
        await done;
      },
    };
    return following;
  }

  it('watches on from the version of the list, with bookmarks and a jittered end', async () => {
    const { until } = await follow();
    await until(() => api.watches.length === 1);
    const query = api.watches[0]?.query;
    expect(query?.get('resourceVersion')).to.equal('10');
    expect(query?.get('allowWatchBookmarks')).to.equal('true');
    expect(query?.get('labelSelector')).to.equal('app=web');
    expect(Number(query?.get('timeoutSeconds'))).to.be.within(240, 300);
  });

  it('tells what the stream brings, and nothing twice', async () => {
    const { told, until } = await follow();
    await until(() => told.includes('connected'));
    api.watches[0]?.send('MODIFIED', podObject('a', 11, { ready: false }));
    api.watches[0]?.send('MODIFIED', podObject('a', 11, { ready: false }));
    api.watches[0]?.send('ADDED', podObject('b', 12));
    await until(() => told.includes('put b 12'));
    expect(told).to.deep.equal(['connected', 'put a 11', 'put b 12']);
  });

  it('takes a stream closed in order and opened again at once for one that lost nothing', async () => {
    const { told, blind, until } = await follow();
    await until(() => told.includes('connected'));
    api.watches[0]?.send('BOOKMARK', { metadata: { resourceVersion: '15' } });
    api.watches[0]?.close();
    await until(() => api.watches.length === 2);
    await until(() => told.length === 3);
    expect(told).to.deep.equal(['connected', 'closed', 'connected']);
    expect(api.requests).to.include('watch 15');
    expect(blind).to.deep.equal([]);
  });

  it('does not storm a server that closes every stream at once', async () => {
    api.onWatch = (_watch, response) => {
      response.writeHead(200);
      response.end();
    };
    const begun = process.hrtime.bigint();
    const { until } = await follow({ floorMs: 20, capMs: 100 });
    await until(() => api.watches.length >= 8);
    // Without a pause this was six thousand in 3 s. Seven pauses of at least 20 ms cannot pass faster (a timer may be 1 ms early).
    const elapsedMs = Number(process.hrtime.bigint() - begun) / 1e6;
    expect(elapsedMs).to.be.greaterThan((api.watches.length - 1) * 19);
  });

  it('is blind from a cut connection until a list has confirmed the new stream', async () => {
    const { told, blind, until } = await follow();
    await until(() => told.includes('connected'));
    api.watches[0]?.cut();
    await until(() => blind.length === 1);
    expect(told).to.deep.equal(['connected', 'lost', 'connected', 'blind']);
    expect(api.requests).to.deep.equal(['list', 'watch 10', 'watch 10', 'list']);
    const [span] = blind;
    expect(span?.end).to.be.greaterThan(span?.start ?? Infinity);
  });

  it('stays blind while the API answers 500, and goes on when it is back', async () => {
    api.onWatch = (_watch, response, count) => {
      if (count >= 2 && count <= 4) refuse(response, 500, 'etcd has no leader');
    };
    const { told, blind, until } = await follow();
    await until(() => told.includes('connected'));
    api.watches[0]?.cut();
    await until(() => blind.length === 1);
    expect(told).to.deep.equal(['connected', 'lost', 'lost', 'lost', 'lost', 'connected', 'blind']);
    api.watches.at(-1)?.send('MODIFIED', podObject('a', 12));
    await until(() => told.includes('put a 12'));
  });

  for (const [how, expire] of [
    [
      'as an HTTP status',
      (api: ScriptedApi) => {
        api.onWatch = (_watch, response, count) => {
          if (count === 2) refuse(response, 410, 'too old resource version: 10 (30)');
        };
      },
    ],
    [
      'in the stream',
      (api: ScriptedApi) => {
        const status = { kind: 'Status', status: 'Failure', reason: 'Expired', code: 410 };
        api.onWatch = (watch, response, count) => {
          if (count !== 2) return;
          response.writeHead(200);
          watch.send('ERROR', status);
          watch.close();
        };
      },
    ],
  ] as const) {
    it(`lists anew when the version has expired ${how}: one replaced under its name is gone and new`, async () => {
      expire(api);
      const { told, blind, gaps, until } = await follow();
      await until(() => told.includes('connected'));
      // In the gap, pod a is deleted and another of its name made.
      api.state = { version: '30', items: [podObject('a', 25, { uid: 'uid-second' })] };
      api.watches[0]?.close();
      await until(() => api.watches.length === 3 && told.at(-1) === 'connected');
      expect(told).to.deep.equal([
        'connected',
        'closed',
        ...(how === 'in the stream' ? ['connected'] : []),
        'lost',
        'blind',
        'relisted',
        'gone a 7',
        'put a 25',
        'connected',
      ]);
      expect(blind).to.have.length(1);
      expect(gaps).to.deep.equal([blind[0], blind[0]]);
      expect(api.requests.at(-1)).to.equal('watch 30');
    });
  }

  it('asks again for an event that was cut off in the middle', async () => {
    const { told, until } = await follow();
    await until(() => told.includes('connected'));
    const line = JSON.stringify({ type: 'ADDED', object: podObject('b', 12) });
    api.state = { version: '12', items: [podObject('a', 7), podObject('b', 12)] };
    api.watches[0]?.raw(line.slice(0, 100));
    api.watches[0]?.close();
    await until(() => api.watches.length === 2);
    api.watches[1]?.raw(`${line}\n`);
    await until(() => told.includes('blind') && told.includes('put b 12'));
    expect(told.filter((what) => what === 'put b 12')).to.have.length(1);
    expect(told).to.include('lost');
    expect(api.requests.slice(0, 3)).to.deep.equal(['list', 'watch 10', 'watch 10']);
  });

  it('does not pass over a line that is no event', async () => {
    const { told, until } = await follow();
    await until(() => told.includes('connected'));
    api.watches[0]?.raw('{"type":"ADDED","obj\n');
    await until(() => told.includes('blind'));
    expect(told.slice(0, 2)).to.deep.equal(['connected', 'lost']);
  });

  it('notices by its lists that a silent stream has missed a deletion', async () => {
    const { told, blind, gaps, until } = await follow({}, 30);
    await until(() => told.includes('connected'));
    api.state = { version: '20', items: [] };
    await until(() => told.includes('gone a 7'));
    expect(told.slice(0, 5)).to.deep.equal(['connected', 'lost', 'blind', 'relisted', 'gone a 7']);
    expect(gaps[0]).to.deep.equal(blind[0]);
    await until(() => api.requests.includes('watch 20'));
  });

  it('takes a silent stream for a quiet one as long as its lists agree', async () => {
    const { told, until, stop } = await follow({}, 20);
    await until(() => api.requests.filter((what) => what === 'list').length >= 5);
    await stop();
    expect(told).to.deep.equal(['connected']);
  });

  it('does not take a stream for stale that is a little behind its list', async () => {
    const { told, blind, until } = await follow({ graceMs: 5_000 }, 20);
    await until(() => told.includes('connected'));
    api.state = { version: '20', items: [podObject('a', 20)] };
    const lists = api.requests.length;
    await until(() => api.requests.length > lists);
    api.watches[0]?.send('MODIFIED', podObject('a', 20));
    await until(() => api.requests.length > lists + 1);
    expect(told).to.deep.equal(['connected', 'put a 20']);
    expect(blind).to.deep.equal([]);
  });

  it('replaces a stream that stays silent for too long', async () => {
    const { told, until } = await follow({ silenceMs: 50 });
    await until(() => told.includes('blind'));
    expect(told.slice(0, 4)).to.deep.equal(['connected', 'lost', 'connected', 'blind']);
  });

  it('counts an open stream as lost when the lists to check it by fail for too long', async () => {
    const { told, blind, until } = await follow({}, 20);
    await until(() => told.includes('connected'));
    api.refuseList = (response) => refuse(response, 503, 'apiserver is shutting down');
    await until(() => told.includes('lost'));
    expect(told.slice(0, 2)).to.deep.equal(['connected', 'check-failed']);
    api.refuseList = () => false;
    await until(() => blind.length === 1);
  });

  it('checks once more at the end, so that what a dead stream missed is not a quiet end', async () => {
    const { told, blind, until, stop } = await follow();
    await until(() => told.includes('connected'));
    api.state = { version: '20', items: [] };
    // The grace of the last check is its own, about 1 s.
    await stop();
    expect(told).to.deep.equal(['connected', 'lost', 'blind', 'relisted', 'gone a 7']);
    expect(blind).to.have.length(1);
  });

  it('is blind when the run ends before its watch was ever answered and no list can be had', async () => {
    api.onWatch = (_watch, response) => {
      response.writeHead = () => response;
      response.flushHeaders = () => undefined;
    };
    const { told, blind, until, stop } = await follow();
    await until(() => api.watches.length === 1);
    api.refuseList = (response) => refuse(response, 503, 'gone');
    await stop();
    expect(told).to.deep.equal(['check-failed', 'blind']);
    expect(blind).to.have.length(1);
  });

  it('checks by a list what happened since a stream that was closed in order just before the end', async () => {
    const { told, blind, until, stop } = await follow({ floorMs: 60_000, capMs: 60_000 });
    await until(() => told.includes('connected'));
    api.watches[0]?.close();
    await until(() => told.includes('closed'));
    api.state = { version: '20', items: [] };
    await stop();
    expect(told.slice(2)).to.deep.equal(['lost', 'blind', 'relisted', 'gone a 7']);
    expect(blind).to.have.length(1);
  });

  it('is not blind after a stream that was closed in order just before the end of a quiet run', async () => {
    const { told, until, stop } = await follow({ floorMs: 60_000, capMs: 60_000 });
    await until(() => told.includes('connected'));
    api.watches[0]?.close();
    await until(() => told.includes('closed'));
    await stop();
    expect(told).to.deep.equal(['connected', 'closed']);
  });

  it('takes everything anew from a server that was restored from a backup', async () => {
    const { told, until } = await follow({}, 30);
    await until(() => told.includes('connected'));
    api.state = { version: '5', items: [podObject('a', 3)] };
    await until(() => told.includes('put a 3'));
    await until(() => api.requests.includes('watch 5'));
  });

  it('ends in the middle of an outage with the blind span up to the end', async () => {
    const { told, blind, until, stop } = await follow();
    await until(() => told.includes('connected'));
    api.onWatch = (_watch, response) => {
      refuse(response, 500, 'gone');
    };
    api.watches[0]?.cut();
    await until(() => told.includes('lost'));
    await stop();
    expect(blind).to.have.length(1);
  });
});

function line(change: Change<PodFacts>): string {
  const pod = change.type === 'put' ? change.after : change.last;
  return `${change.type} ${pod.name} ${pod.version}`;
}
