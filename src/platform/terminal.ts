import { createLogUpdate } from 'log-update';

/** Where a command prints. stdout carries results, stderr what is said on the way. */
export type Terminal = {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Colour on stdout and stderr. NO_COLOR and FORCE_COLOR are respected. */
  readonly color: { readonly out: boolean; readonly err: boolean };
  /** Columns of stdout; 100 where it is not a terminal. */
  readonly width: number;
  /** An area on stderr that is redrawn in place; null where stderr is not a terminal. */
  readonly live: LiveArea | null;
};

export type LiveArea = {
  readonly width: () => number;
  readonly rows: () => number;
  readonly draw: (text: string) => void;
  /** Leaves what was drawn last, or clears it. */
  readonly end: (keep: boolean) => void;
};

export function processTerminal(): Terminal {
  const { env, stdout, stderr } = process;
  // A reader that has gone (`| head -1`, a terminal that was closed) must not end a run in the middle of an upgrade.
  for (const stream of [stdout, stderr]) stream.on('error', () => undefined);
  const forced = env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0';
  const plain = env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '';
  const colorOf = (stream: NodeJS.WriteStream) => !plain && (forced || stream.isTTY);
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    color: { out: colorOf(stdout), err: colorOf(stderr) },
    width: stdout.isTTY ? stdout.columns : 100,
    live: stderr.isTTY && env['TERM'] !== 'dumb' ? liveArea(stderr) : null,
  };
}

function liveArea(stream: NodeJS.WriteStream): LiveArea {
  const update = createLogUpdate(stream);
  return {
    width: () => stream.columns,
    rows: () => stream.rows,
    draw: (text) => {
      update(text);
    },
    end: (keep) => {
      if (!keep) update.clear();
      update.done();
    },
  };
}
