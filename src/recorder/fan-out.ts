import type { SampleWriter } from '../contracts/samples.ts';

export type FanOut = SampleWriter & {
  /** From now on everything goes to these writers, beginning with what came before. */
  readonly attach: (writers: readonly SampleWriter[]) => void;
};

/**
 * One writer in front of several. Probes emit events while they open, before the run file can be made (its plan names
 * their engines): what comes before `attach` is held.
 */
export function fanOut(): FanOut {
  const held: ((writer: SampleWriter) => void)[] = [];
  let writers: readonly SampleWriter[] | null = null;
  const pass = (give: (writer: SampleWriter) => void) => {
    if (writers === null) held.push(give);
    else for (const writer of writers) give(writer);
  };
  return {
    samples: (batch) => {
      pass((writer) => {
        writer.samples(batch);
      });
    },
    event: (event) => {
      pass((writer) => {
        writer.event(event);
      });
    },
    attach: (attached) => {
      writers = attached;
      for (const give of held.splice(0)) pass(give);
    },
  };
}
