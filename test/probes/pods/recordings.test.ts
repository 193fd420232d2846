import { expect } from 'chai';
import { podLines, readyLines, replay } from './recording.ts';

// What is expected here was worked out by hand from the recordings of a real cluster, not printed by the code.
describe('pods probe on recordings of a real cluster', () => {
  it('tells a rolling update pod by pod, with the ready count never under 3', async () => {
    const events = await replay('rolling-update');
    expect(podLines(events.filter(({ at }) => at > 0))).to.deep.equal([
      'cwvg2 added 06:27',
      'cwvg2 scheduled 06:27',
      'cwvg2 running 06:28',
      'cwvg2 ready 06:30',
      'gqmxq terminating 06:30',
      'hlb8v added 06:30',
      'hlb8v scheduled 06:30',
      'hlb8v running 06:31',
      'gqmxq not-ready 06:33',
      'gqmxq succeeded 06:32',
      'gqmxq deleted 06:33',
      'hlb8v ready 06:34',
      's8hdl terminating 06:34',
      'vf9cx added 06:34',
      'vf9cx scheduled 06:34',
      'vf9cx running 06:35',
      's8hdl not-ready 06:36',
      's8hdl succeeded 06:36',
      's8hdl deleted 06:37',
      'vf9cx ready 06:37',
      '45c8n terminating 06:37',
      '45c8n not-ready 06:40',
      '45c8n succeeded 06:39',
      '45c8n deleted 06:40',
    ]);
    expect(readyLines(events)).to.deep.equal(
      [3, 4, 3, 4, 3, 4, 3].map((ready) => `${String(ready)}/3 floor 3 restarts 0`),
    );
  });

  it('reports each pod that is there at the start with all it has reached', async () => {
    const events = await replay('rolling-update');
    const first = podLines(events.filter(({ at }) => at === 0)).filter((line) =>
      line.startsWith('45c8n'),
    );
    expect(first).to.deep.equal([
      '45c8n added 06:22',
      '45c8n scheduled 06:22',
      '45c8n running 06:22',
      '45c8n ready 06:24',
    ]);
  });

  it('carries image, node and workload with each transition', async () => {
    const events = await replay('rolling-update');
    const ready = events.find(
      ({ subject, what }) => subject?.name.endsWith('cwvg2') && what === 'ready',
    );
    expect(ready?.at).to.equal(5153.7);
    expect(ready?.detail).to.include({
      image: 'localhost/web:v2',
      node: 'node-2',
      phase: 'Running',
      ready: true,
      workload: 'Deployment/keystone-api',
    });
    expect(ready?.subject?.uid).to.match(/^8d34/);
  });

  it('does not count a pod as ready from the moment its deletion is asked for', async () => {
    const events = await replay('rolling-update');
    const terminating = events.find(
      ({ subject, what }) => subject?.name.endsWith('gqmxq') && what === 'terminating',
    );
    expect(terminating?.detail['ready']).to.equal(false);
  });

  it('tells a bad image that is undone: a pod that never ran, and no ready pod lost', async () => {
    const events = await replay('bad-image-undo');
    expect(podLines(events.filter(({ at }) => at > 0))).to.deep.equal([
      '2n9gw added 07:30',
      '2n9gw scheduled 07:30',
      '2n9gw terminating 07:44',
      // The kubelet does not say when a container ended that it never found.
      '2n9gw failed -',
      '2n9gw deleted 07:45',
    ]);
    expect(readyLines(events)).to.deep.equal(['3/3 floor 3 restarts 0']);
  });

  it('tells a crash loop and two Jobs: one restart, and no ready count for what ends by itself', async () => {
    const events = await replay('crash-and-job');
    expect(podLines(events.filter(({ at }) => at > 0))).to.deep.equal([
      'pwg5g added 08:15',
      'pwg5g scheduled 08:15',
      '7s86n added 08:16',
      's5qxd added 08:16',
      's5qxd scheduled 08:16',
      '7s86n scheduled 08:16',
      'pwg5g running 08:16',
      '7s86n running 08:16',
      '7s86n ready 08:17',
      'pwg5g restarted 08:17',
      's5qxd failed 08:16',
      '7s86n not-ready 08:20',
      '7s86n succeeded 08:19',
      '24rfb added 08:26',
      '24rfb scheduled 08:26',
      '24rfb failed 08:26',
      'pwg5g terminating 08:34',
      'pwg5g failed 08:18',
      'pwg5g deleted 08:34',
    ]);
    expect(readyLines(events)).to.deep.equal(['3/3 floor 3 restarts 0', '3/3 floor 3 restarts 1']);
  });

  it('tells a drain: evictions take a ready pod before its successor is, twice', async () => {
    const events = await replay('node-drain');
    expect(podLines(events.filter(({ at }) => at > 0))).to.deep.equal([
      '24rfb terminating 08:56',
      '24rfb deleted 08:56',
      'vf9cx terminating 08:56',
      'fcj9s added 08:56',
      '7s86n terminating 08:56',
      '7s86n deleted 08:56',
      'fcj9s scheduled 08:56',
      'fcj9s running 08:57',
      'vf9cx not-ready 08:58',
      'vf9cx succeeded 08:58',
      'vf9cx deleted 08:59',
      'fcj9s ready 08:59',
      'cwvg2 terminating 09:01',
      'ns5p6 added 09:01',
      'ns5p6 scheduled 09:01',
      'ns5p6 running 09:02',
      'cwvg2 not-ready 09:03',
      'cwvg2 succeeded 09:03',
      'cwvg2 deleted 09:04',
      'ns5p6 ready 09:04',
    ]);
    expect(readyLines(events)).to.deep.equal(
      [3, 2, 3, 2, 3].map((ready) => `${String(ready)}/3 floor 3 restarts 0`),
    );
  });
});
