import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { sleep } from '../../src/platform/timers.ts';
import { command } from '../../src/upgrade/command.ts';
import { type TestContext, testContext } from './step-context.ts';

describe('command step', () => {
  let context: TestContext;
  beforeEach(() => {
    context = testContext();
  });
  const run = (config: unknown) => command.run(command.config.parse(config), context);
  const sh = (script: string) => ['sh', '-c', script];
  const until = async (condition: () => boolean) => {
    for (let turn = 0; !condition(); turn++) {
      if (turn > 1_000) throw new Error('never happened');
      await sleep(5);
    }
  };

  it('gives its output to the log line by line, with the stream it came by', async () => {
    expect(await run(sh('echo one; echo two >&2; printf three'))).to.deep.equal({ result: 'ok' });
    const stream = (name: string) => context.logged.filter((line) => line.includes(`"${name}"`));
    expect(stream('stdout').map((line) => line.split('} ')[1])).to.deep.equal(['one', 'three']);
    expect(stream('stderr').map((line) => line.split('} ')[1])).to.deep.equal(['two']);
    expect(context.lines).to.include('three');
  });

  it("adds its env to rollproof's own and runs where it is told", async () => {
    const env = { MORE: 'more' };
    await run({ argv: sh('echo $FROM_OUTSIDE $MORE; pwd'), env, cwd: '/' });
    expect(context.lines.slice(1)).to.deep.equal(['outside more', '/']);
  });

  it('names the exit code of what failed, and no secret it was given', async () => {
    const result = await run(sh('echo s3cret >&2; exit 3'));
    expect(result).to.deep.equal({
      result: 'failed',
      why: 'sh ended with exit code 3 (its output is in log.ndjson)',
    });
    expect(command.describe(command.config.parse(['/opt/up', '--password', 's3cret']))).to.equal(
      'run up',
    );
  });

  it('names the signal that ended it', async () => {
    const result = await run(sh('kill -KILL $$'));
    expect(result).to.include({ why: 'sh was ended by SIGKILL (its output is in log.ndjson)' });
  });

  it('says that a program is not there', async () => {
    const result = await run(['/no/such/program']);
    expect(result.result).to.equal('failed');
    expect('why' in result && result.why).to.match(/^program could not be started: .*ENOENT/s);
  });

  it('ends the whole process group at its timeout', async () => {
    const result = await run({ argv: sh('sleep 300 & echo $!; wait'), timeout: '200ms' });
    expect(result).to.include({ why: 'sh did not end within 200ms (its output is in log.ndjson)' });
    const child = Number(context.lines.at(-1));
    await until(() => !alive(child));
  });

  it('ends it when the run is interrupted', async () => {
    const running = run(
      sh('trap "echo told; exit 0" TERM; echo ready; while :; do sleep 0.05; done'),
    );
    await until(() => context.lines.includes('ready'));
    context.abort();
    expect(await running).to.deep.equal({
      result: 'failed',
      why: 'sh was ended because the run was interrupted',
    });
    expect(context.lines).to.include('told');
  });

  it('does not wait for what it left running in the background', async () => {
    const result = await run(sh('sleep 300 & echo $!'));
    expect(result).to.deep.equal({ result: 'ok' });
    const left = Number(context.lines.at(-1));
    expect(alive(left)).to.equal(true);
    process.kill(left, 'SIGKILL');
  });

  it('refuses an empty list and unknown keys', () => {
    expect(command.config.safeParse([]).success).to.equal(false);
    expect(command.config.safeParse({ argv: ['a'], shell: true }).success).to.equal(false);
  });
});

/** A zombie whose parent has ended waits for init, which may be none that reaps. */
function alive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${String(pid)}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
