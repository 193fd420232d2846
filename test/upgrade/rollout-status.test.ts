import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { type Deployment, readDeployment, selectorText } from '../../src/upgrade/deployment.ts';
import { rolloutStatus } from '../../src/upgrade/rollout-status.ts';

describe('rollout status', () => {
  it('follows a recorded rolling update as kubectl would', async () => {
    const lines = (await deployments('rolling-update')).map((deployment) => {
      const { state, line } = rolloutStatus(deployment, 2);
      return `${state}: ${line}`;
    });
    // One for each version of the Deployment from `set image` on, by hand from the recording.
    expect(lines).to.deep.equal([
      'progressing: the Deployment controller has not seen the change yet',
      'progressing: the Deployment controller has not seen the change yet',
      'progressing: 1 of 3 new replicas updated',
      'progressing: 1 of 3 new replicas updated',
      'progressing: 2 of 3 new replicas updated',
      'progressing: 2 of 3 new replicas updated',
      'progressing: 2 of 3 new replicas updated',
      'progressing: 1 old replica left',
      'progressing: 1 old replica left',
      'done: 3 replicas updated and available',
    ]);
  });

  it('never goes back in a recorded rolling update, and ends at 1', async () => {
    const fractions = (await deployments('rolling-update')).map(
      (deployment) => rolloutStatus(deployment, 2).fraction,
    );
    expect(fractions).to.deep.equal(fractions.toSorted((a, b) => a - b));
    expect(fractions.at(-1)).to.equal(1);
  });

  it('is not done by the old replicas while a bad image does not come up', async () => {
    const stuck = (await deployments('bad-image-undo')).filter(
      ({ metadata }) => metadata.generation === 3,
    );
    expect(stuck.length).to.be.greaterThan(2);
    for (const deployment of stuck) {
      expect(rolloutStatus(deployment, 3)).to.include({ state: 'progressing', fraction: 0 });
    }
  });

  it('ends with each undo in the recordings', async () => {
    for (const [name, generation] of [
      ['bad-image-undo', 4],
      ['crash-and-job', 6],
    ] as const) {
      const last = (await deployments(name)).at(-1);
      expect(last && rolloutStatus(last, generation).state).to.equal('done');
    }
  });

  it('does not take the state before the change for its end', async () => {
    const [before] = await listed('rolling-update');
    expect(before && rolloutStatus(before, 1).state).to.equal('done');
    expect(before && rolloutStatus(before, 2).state).to.equal('progressing');
  });

  it('has failed when the progress deadline is exceeded', () => {
    const condition = { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' };
    const status = rolloutStatus(withStatus({ updatedReplicas: 1, conditions: [condition] }), 1);
    expect(status.state).to.equal('failed');
    expect(status.line).to.include('progress deadline');
  });

  it('waits for the new replicas to be available, not only updated', () => {
    const deployment = withStatus({ replicas: 3, updatedReplicas: 3, availableReplicas: 2 });
    expect(rolloutStatus(deployment, 1)).to.include({
      state: 'progressing',
      line: '2 of 3 new replicas available',
    });
  });
});

describe('selector text', () => {
  it('says labels and expressions as a query takes them', () => {
    const text = selectorText({
      matchLabels: { app: 'keystone' },
      matchExpressions: [
        { key: 'tier', operator: 'In', values: ['a', 'b'] },
        { key: 'old', operator: 'NotIn', values: ['yes'] },
        { key: 'live', operator: 'Exists' },
        { key: 'canary', operator: 'DoesNotExist' },
      ],
    });
    expect(text).to.equal('app=keystone,tier in (a,b),old notin (yes),live,!canary');
  });
});

function withStatus(status: NonNullable<Deployment['status']>): Deployment {
  return {
    metadata: { name: 'web', uid: 'u', generation: 1 },
    spec: { replicas: 3, selector: {}, template: { spec: { containers: [] } } },
    status: { observedGeneration: 1, ...status },
  };
}

async function deployments(name: string): Promise<readonly Deployment[]> {
  const text = await recorded(`${name}/watch.ndjson`);
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  return lines
    .filter(({ resource, type }) => resource === 'deployments' && type !== 'BOOKMARK')
    .map(({ object }) => sure(object));
}

async function listed(name: string): Promise<readonly Deployment[]> {
  const list = JSON.parse(await recorded(`${name}/list-deployments.json`)) as { items: unknown[] };
  return list.items.map(sure);
}

async function recorded(path: string): Promise<string> {
  return await readFile(new URL(`../recordings/kubernetes/${path}`, import.meta.url), 'utf8');
}

function sure(object: unknown): Deployment {
  const deployment = readDeployment(object);
  if (deployment === null) throw new Error('the recording holds no Deployment here');
  return deployment;
}
