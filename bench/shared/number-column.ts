/** Numbers that are gathered while something is measured: no objects, and room is made by doubling. */
export type NumberColumn = {
  readonly add: (value: number) => void;
  readonly values: () => Float64Array;
  /** Written so far: what of it is resident. */
  readonly bytes: () => number;
};

export function createNumberColumn(): NumberColumn {
  let room = new Float64Array(1 << 16);
  let count = 0;
  return {
    add: (value) => {
      if (count === room.length) {
        const larger = new Float64Array(2 * count);
        larger.set(room);
        room = larger;
      }
      room[count++] = value;
    },
    values: () => room.subarray(0, count),
    bytes: () => count * Float64Array.BYTES_PER_ELEMENT,
  };
}
