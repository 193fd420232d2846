/** 127.0.1.0, 127.0.1.1, ...: addresses of this machine, all of which answer. */
export function loopbackHosts(count: number): readonly string[] {
  return Array.from(
    { length: count },
    (_, i) => `127.0.${String(1 + (i >> 8))}.${String(i & 255)}`,
  );
}
