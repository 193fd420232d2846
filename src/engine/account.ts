/** Which attempts of one target have been reported. */
export type Account = {
  /** False when that seq was reported before. */
  readonly add: (seq: number) => boolean;
  /** The seqs below `due` that have not been reported, in order; they count as reported from now on. */
  readonly settle: (due: number) => readonly number[];
};

/** Rows come in order of completion: a watermark below which all is reported, and the few above it. */
export function createAccount(): Account {
  let watermark = 0;
  const ahead = new Set<number>();
  const add = (seq: number) => {
    if (seq < watermark || ahead.has(seq)) return false;
    ahead.add(seq);
    while (ahead.delete(watermark)) watermark++;
    return true;
  };
  return {
    add,
    settle: (due) => {
      const missing: number[] = [];
      let until = due;
      // One by one: there may be more than a call takes arguments.
      for (const seq of ahead) until = Math.max(until, seq + 1);
      for (let seq = watermark; seq < until; seq++) if (!ahead.has(seq)) missing.push(seq);
      ahead.clear();
      watermark = Math.max(watermark, until);
      return missing;
    },
  };
}
