import { considerableStall } from '../../../src/model/considerable-stall.ts';
import { type DurationNs, NS_PER_MS, type RunNs } from '../../../src/model/time.ts';

/**
 * When the whole machine may have stood still (a paused vCPU, a live migration): this thread did not run, and the kernel stamped nothing.
 * An answer that came then is stamped, if it is still there, when the machine goes on. Pure: told the time, and the stamps.
 */
export type Stalls = {
  /** This thread runs now. */
  readonly ran: (at: RunNs) => void;
  /** The kernel ran then: it stamped a packet. To be told after `ran` of a later time. */
  readonly stamped: (at: RunNs) => void;
  /** Whether there is a gap that a stamp could fill. */
  readonly doubtful: () => boolean;
  /** Whether an answer to what left at `left` may have come by `deadline` and been stamped after it, or never. */
  readonly hid: (left: RunNs, deadline: RunNs) => boolean;
};

export const MACHINE_STOOD =
  'the machine stood still past the deadline: the answer may have waited meanwhile';

type Gap = { readonly start: RunNs; readonly end: RunNs };

/** What has piled up is stamped one after the other when the machine goes on. */
const PILED_NS = 10 * NS_PER_MS;
/** Pings are decided so long after their deadline at the latest (see FLOOD_NS), with room to spare. */
const DECIDED_NS = 5000 * NS_PER_MS;

export function createStalls(timeoutNs: DurationNs): Stalls {
  const considerable = considerableStall(timeoutNs);
  let gaps: readonly Gap[] = [];
  let last = Number.NaN;
  const isLong = ({ start, end }: Gap) => end - start >= considerable;
  return {
    ran: (at) => {
      const gap = { start: last, end: at };
      last = at;
      if (!isLong(gap)) return;
      const forgotten = at - timeoutNs - DECIDED_NS;
      gaps = [...gaps.filter(({ end }) => end >= forgotten), gap];
    },
    stamped: (at) => {
      if (!gaps.some(({ start, end }) => start < at && at < end)) return;
      gaps = gaps
        .flatMap((gap) =>
          gap.start < at && at < gap.end
            ? [
                { start: gap.start, end: at },
                { start: at, end: gap.end },
              ]
            : [gap],
        )
        .filter(isLong);
    },
    doubtful: () => gaps.length > 0,
    hid: (left, deadline) =>
      gaps.some(
        ({ start, end }) =>
          end + PILED_NS >= deadline &&
          Math.min(end, deadline) - Math.max(start, left) >= considerable,
      ),
  };
}
