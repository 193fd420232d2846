/** The tag of an image: `kolla/keystone:2025.2` → `2025.2`; of a digest its first eight digits. */
export function imageTag(image: string | null): string {
  if (image === null) return '';
  const digest = /@sha256:([0-9a-f]{8})/.exec(image)?.[1];
  if (digest !== undefined) return digest;
  const last = image.slice(image.lastIndexOf('/') + 1);
  const colon = last.indexOf(':');
  return colon === -1 ? 'latest' : last.slice(colon + 1);
}

/** Cut in front, where names of one workload are alike: `keystone-api-7d9f8b6c5d-x7k2p`, 14 → `…8b6c5d-x7k2p`. */
export function cutFront(text: string, width: number): string {
  const signs = Array.from(text);
  return signs.length <= width ? text : `…${signs.slice(signs.length - width + 1).join('')}`;
}

export function cutEnd(text: string, width: number): string {
  const signs = Array.from(text);
  return signs.length <= width ? text : `${signs.slice(0, width - 1).join('')}…`;
}

/** Text that came from elsewhere, safe for a terminal and for XML: control characters become a replacement sign. */
export function printable(text: string): string {
  return text
    .replace(/[\t\n\r]+/g, ' ')
    .replace(/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069\uFFFE\uFFFF]/gu, '\u{FFFD}');
}
