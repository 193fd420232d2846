import type { ProbeContext } from '../../../src/contracts/probe.ts';
import type { Json } from '../../../src/model/event.ts';

/** A `probe` event: something worth a line in the record. */
export function probeNote({ now, emit }: Pick<ProbeContext, 'now' | 'emit'>) {
  return (
    what: string,
    detail: Readonly<Record<string, Json>>,
    target: string | null = null,
  ): void => {
    const nothing = { end: null, subject: null, serverTime: null };
    emit({ kind: 'probe', at: now(), target, what, detail, ...nothing });
  };
}
