/** A server that answers at once, but stood still in [from, to]. All times in ms on one clock. */
export type StandStill = { readonly from: number; readonly to: number };

/**
 * Due times → how long each request, sent when it is due, takes at least: one that is due while the server stands still is answered when it goes on. Sound for any
 * client; what the server and the client need for themselves (a fraction of a ms) is not in it.
 */
export function trueLatencies(
  dues: readonly number[],
  { from, to }: StandStill,
): readonly number[] {
  return dues.map((due) => (due >= from && due < to ? to - due : 0));
}

/** `perSecond` due times a second, evenly spread over `seconds`; the first is at 0. */
export function evenDues(perSecond: number, seconds: number): readonly number[] {
  return Array.from({ length: Math.round(perSecond * seconds) }, (_, i) => (i * 1000) / perSecond);
}
