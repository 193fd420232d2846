/** Letters of a name that are kept. */
const MOST = 80;

/** A name as part of a file name: `Roll Keystone/2` → `Roll-Keystone-2`. */
export function fileName(name: string, most = MOST): string {
  const safe = name.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[-.]+|[-.]+$/g, '');
  return safe === '' ? 'run' : safe.slice(0, most);
}

/** With the time before a name and the number after it, which createRunDirectory adds. */
const MOST_OF_RUN = MOST + 30;

/** The folder of a run, from its name as the run file has it: the same, unless somebody else wrote that file. It cannot lead out of the folder it is put in. */
export function runFolderName(run: string): string {
  return fileName(run, MOST_OF_RUN);
}
