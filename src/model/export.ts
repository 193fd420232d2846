/** How far the points of a run (its samples and events) have come in a store. */
export type ExportAccount = {
  readonly url: string;
  readonly org: string;
  readonly bucket: string;
  /** Points in the run file. */
  readonly recorded: number;
  /** Points that were sent at least once. */
  readonly sent: number;
  /** Points that the store has confirmed. */
  readonly accepted: number;
  /** Points that the store will not take: sending them again does not help. */
  readonly refused: number;
  /** What the store said of the first that it refused. */
  readonly firstRefusal: string | null;
  /** What stood in the way last, and what to do; null when nothing did. */
  readonly problem: string | null;
};

/** Recorded, but not known to be in the store. */
export function missingPoints({ recorded, accepted }: ExportAccount): number {
  return recorded - accepted;
}
