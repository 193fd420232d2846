/** The run file, run.duckdb: one process writes it once; anyone reads it when that has ended. See docs/run-file.md. */
export { openRunFile } from './read-run-file.ts';
export { createRunFile, type RunFile } from './write-run-file.ts';
