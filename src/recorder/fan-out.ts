import type { SampleWriter } from '../contracts/samples.ts';
import type { SampleBatch } from '../model/sample.ts';
import { redactTexts } from '../platform/log.ts';

export type FanOut = SampleWriter & {
  /** From now on everything goes to these writers, beginning with what came before. */
  readonly attach: (writers: readonly SampleWriter[]) => void;
};

/**
 * One writer in front of several. Probes emit events while they open, before the run file can be made (its plan names
 * their engines): what comes before `attach` is held. Here is the one way into the run file, so here every free text loses its secrets.
 */
export function fanOut(redact: (text: string) => string): FanOut {
  const held: ((writer: SampleWriter) => void)[] = [];
  let writers: readonly SampleWriter[] | null = null;
  const pass = (give: (writer: SampleWriter) => void) => {
    if (writers === null) held.push(give);
    else for (const writer of writers) give(writer);
  };
  return {
    samples: (batch) => {
      const clean = withoutSecrets(batch, redact);
      pass((writer) => {
        writer.samples(clean);
      });
    },
    event: (event) => {
      const clean = { ...event, detail: redactTexts(event.detail, redact) };
      pass((writer) => {
        writer.event(clean);
      });
    },
    attach: (attached) => {
      writers = attached;
      for (const give of held.splice(0)) pass(give);
    },
  };
}

function withoutSecrets(batch: SampleBatch, redact: (text: string) => string): SampleBatch {
  if (batch.details.size === 0) return batch;
  const details = new Map([...batch.details].map(([row, text]) => [row, redact(text)]));
  return { ...batch, details };
}
