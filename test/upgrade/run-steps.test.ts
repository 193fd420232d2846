import { expect } from 'chai';
import { z } from 'zod';
import { type StepResult, stepKind } from '../../src/contracts/step.ts';
import type { RunEvent } from '../../src/model/event.ts';
import { runSteps } from '../../src/upgrade/run-steps.ts';
import { wait } from '../../src/upgrade/wait.ts';
import { testContext } from './step-context.ts';

describe('steps of an upgrade', () => {
  const step = (name: string, run: () => Promise<StepResult>) => ({
    name,
    config: {},
    kind: stepKind({
      kind: 'test',
      summary: '',
      config: z.strictObject({}),
      describe: () => name,
      needsCluster: false,
      run: async (_config, { progress }) => {
        progress(0.5, `${name} half done`);
        return await run();
      },
    }),
  });
  const ok = () => Promise.resolve<StepResult>({ result: 'ok' });

  function follow() {
    const events: RunEvent[] = [];
    const progress: [number, number | null, string][] = [];
    const test = testContext();
    let time = 0;
    const context = {
      ...test,
      now: () => ++time,
      writer: { samples: () => undefined, event: (event: RunEvent) => void events.push(event) },
      progress: (...told: [number, number | null, string]) => void progress.push(told),
    };
    const said = () =>
      events.map(({ subject, what, detail }) => [
        subject?.name,
        what,
        detail['result'] ?? detail['why'] ?? null,
      ]);
    return { context, events, said, progress, abort: test.abort };
  }

  it('are run in order, each with its start, its end and its progress', async () => {
    const { context, events, said, progress } = follow();
    expect(await runSteps([step('a', ok), step('b', ok)], context)).to.deep.equal({ result: 'ok' });
    expect(said()).to.deep.equal([
      ['a', 'start', null],
      ['a', 'end', 'ok'],
      ['b', 'start', null],
      ['b', 'end', 'ok'],
    ]);
    expect(events.map(({ at }) => at)).to.deep.equal([1, 2, 3, 4]);
    expect(events[2]?.detail).to.include({ index: 1, kind: 'test' });
    expect(progress).to.deep.equal([
      [0, 0.5, 'a half done'],
      [1, 0.5, 'b half done'],
    ]);
  });

  it('end with the first that fails; the rest is recorded as skipped', async () => {
    const { context, events, said } = follow();
    const bad = step('b', () => Promise.resolve({ result: 'failed', why: 'exit code 3' }));
    const result = await runSteps([step('a', ok), bad, step('c', ok)], context);
    expect(result).to.deep.equal({ result: 'failed', why: 'step "b": exit code 3' });
    expect(said().slice(3)).to.deep.equal([
      ['b', 'end', 'failed'],
      ['c', 'skipped', 'a step before it failed'],
    ]);
    expect(events[3]?.detail['why']).to.equal('exit code 3');
  });

  it('fail when one throws, and what was measured is kept', async () => {
    const { context } = follow();
    const broken = step('a', () => Promise.reject(new Error('no cluster is configured')));
    expect(await runSteps([broken], context)).to.deep.equal({
      result: 'failed',
      why: 'step "a": no cluster is configured',
    });
  });

  it('are skipped once the run is interrupted', async () => {
    const { context, said, abort } = follow();
    const interrupting = step('a', () => {
      abort();
      return ok();
    });
    await runSteps([interrupting, step('b', ok)], context);
    expect(said().at(-1)).to.deep.equal(['b', 'skipped', 'the run was interrupted']);
  });

  it('wait for as long as they are told, and not longer than the run', async () => {
    const { context, abort } = follow();
    const waiting = (text: string) => ({
      name: 'w',
      kind: wait,
      config: wait.config.parse({ for: text }),
    });
    expect(await runSteps([waiting('10ms')], context)).to.deep.equal({ result: 'ok' });
    const long = runSteps([waiting('1h')], context);
    abort();
    expect(await long).to.deep.equal({
      result: 'failed',
      why: 'step "w": the run was interrupted',
    });
  });
});
