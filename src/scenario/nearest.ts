import { closest, distance } from 'fastest-levenshtein';

const MOST_LISTED = 12;

/** A hint for a name that is not known: `did you mean "every"?`, else what there is; null when there is nothing. */
export function nearest(name: string, known: readonly string[]): string | null {
  if (known.length === 0) return null;
  const found = closest(
    name.toLowerCase(),
    known.map((each) => each.toLowerCase()),
  );
  const original = known.find((each) => each.toLowerCase() === found) ?? found;
  // Two letters changed places count as two slips; of a long word a third may be wrong.
  const allowed = found.length < 4 ? 1 : Math.max(2, Math.floor(found.length / 3));
  if (distance(name.toLowerCase(), found) <= allowed) return `did you mean "${original}"?`;
  const listed = known.slice(0, MOST_LISTED).join(', ');
  const more = known.length > MOST_LISTED ? ', ...' : '';
  return known.length === 1 ? `only ${listed} is known here` : `known here: ${listed}${more}`;
}
