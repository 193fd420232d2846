import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { EXPORT_SINKS } from '../../src/cli/export.ts';
import { batchOf } from '../../src/model/sample-batch.ts';
import { createRunFile } from '../../src/recorder/run-file.ts';
import { META, sample, scratch } from '../recorder/recorded.ts';
import { cli } from './in-process.ts';

const PAGE = readFileSync(new URL('../../docs/export.md', import.meta.url), 'utf8');

describe('rollproof export: its sinks', () => {
  const folder = scratch();

  it('are those of docs/export.md, each with its summary and options', () => {
    const sections = new Map(
      PAGE.split(/^## --to /m)
        .slice(1)
        .map((section) => {
          const [name = '', , first = ''] = section.split('\n');
          return [name, { first, text: section.split(/^## /m)[0] ?? '' }] as const;
        }),
    );
    expect([...sections.keys()]).to.deep.equal(EXPORT_SINKS.map(({ name }) => name));
    for (const { name, summary, options } of EXPORT_SINKS) {
      const { first, text } = sections.get(name) ?? { first: '', text: '' };
      expect(first.toLowerCase()).to.equal(`${summary.toLowerCase()}.`);
      const named = [...text.matchAll(/^- `(--[^`]+)`/gm)].map(([, flags]) => flags);
      expect(named, name).to.deep.equal(options.map(({ flags }) => flags));
    }
  });

  it('are named by its help and by the refusal of another', async () => {
    const help = await cli(['export', '--help']);
    expect(help.exitCode).to.equal(0);
    const { err } = await cli(['export', folder(), '--to', 'paper']);
    for (const { name, summary } of EXPORT_SINKS) {
      expect(help.out).to.include(`  ${name.padEnd(7)}  ${summary}\n`);
      expect(err).to.include(name);
    }
    expect(help.out).to.match(/--out <dir> +parquet, csv: /);
  });

  it('refuse an option that is another one’s, also when it has its default value', async () => {
    for (const [argv, told] of [
      [['--to', 'csv', '--wait', '60s'], /--wait says nothing to --to csv\nhint: .*--to influx/],
      [['--to', 'influx', '--out', 'x'], /--out says .*\nhint: .*--to parquet and --to csv/],
    ] as const) {
      const { exitCode, err } = await cli(['export', folder(), ...argv]);
      expect(exitCode).to.equal(3);
      expect(err).to.match(told);
    }
  });

  it('write files, say how many rows each has, and the folder as the last line', async () => {
    const path = join(folder(), 'run.duckdb');
    const file = await createRunFile(path, META, (error) => {
      throw error;
    });
    file.samples(batchOf('vm', [sample({}), sample({ seq: 1 })]));
    await file.close();
    const out = join(folder(), 'out');
    const first = await cli(['export', folder(), '--to', 'csv', '--out', out]);
    expect(first.exitCode, first.err).to.equal(0);
    const lines = first.out.trimEnd().split('\n');
    expect(lines.at(-1)).to.equal(join(out, META.plan.run));
    expect(lines[0]).to.match(/^attempts\.csv +2 rows$/);
    expect(first.err).to.equal(
      'the run did not end in order (killed, or copied while it went on): what was committed before is exported\n',
    );
    expect(
      readFileSync(join(out, META.plan.run, 'attempts.csv'), 'utf8').split('\n'),
    ).to.have.lengthOf(4);
    const again = await cli(['export', folder(), '--to', 'csv', '--out', out]);
    expect([again.exitCode, again.out]).to.deep.equal([5, '']);
    expect(again.err).to.match(
      /attempts\.csv: is already there\nhint: .*\n\(export-exists, exit 5/,
    );
    const forced = await cli(['export', path, '--to', 'csv', '--out', out, '--force']);
    expect(forced.exitCode, forced.err).to.equal(0);
  });

  it('end with exit code 130 when they are interrupted, and leave nothing', async () => {
    const file = await createRunFile(join(folder(), 'run.duckdb'), META, (error) => {
      throw error;
    });
    await file.close();
    const argv = ['export', folder(), '--to', 'parquet', '--out', join(folder(), 'out')];
    const interrupted = await cli(argv, {
      onTermination: (handle) => {
        handle('SIGINT');
        return () => undefined;
      },
    });
    expect(interrupted.exitCode).to.equal(130);
    expect([interrupted.out, interrupted.err]).to.deep.equal([
      '',
      'interrupted: nothing was written\n',
    ]);
  });
});
