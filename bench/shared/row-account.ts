import { type Account, createAccount } from '../../src/engine/account.ts';
import { dueCount } from '../../src/engine/pacer.ts';
import type { PlannedTarget } from '../../src/model/plan.ts';
import type { Outcome, Reason } from '../../src/model/sample.ts';
import type { RunNs } from '../../src/model/time.ts';

/** Whether the rows of a run are those that its schedule asks for, as the engine's own books must not be asked. */
export type RowAccount = {
  readonly add: (target: number, seq: number, due: RunNs, outcome: Outcome, reason: Reason) => void;
  /** `started`: of the schedule; it ended at some moment of `ended`. `blind`: when the run was. */
  readonly finish: (started: RunNs, ended: Span, blind: readonly Stretch[]) => RowSum;
};

type Span = { readonly from: RunNs; readonly to: RunNs };
type Stretch = { readonly start: RunNs; readonly end: RunNs };

export type RowSum = {
  /** By the schedule. */
  readonly due: number;
  /** Due, without a row. */
  readonly missing: number;
  /** Rows for what was not due, and second ones. */
  readonly surplus: number;
  /** Rows that the engine wrote for what its worker did not answer for. */
  readonly workerLost: number;
  /** Unsent, and due at a time that is not blind. */
  readonly unsentInSight: number;
};

export function createRowAccount(targets: readonly PlannedTarget[]): RowAccount {
  const accounts: readonly Account[] = targets.map(() => createAccount());
  const counts = targets.map(() => 0);
  const unsent: RunNs[] = [];
  let twice = 0;
  let workerLost = 0;
  return {
    add: (target, seq, due, outcome, reason) => {
      if (accounts[target]?.add(seq) === true) counts[target] = (counts[target] ?? 0) + 1;
      else twice++;
      if (reason === 'worker-lost') workerLost++;
      if (outcome === 'unsent') unsent.push(due);
    },
    finish: (started, ended, blind) => {
      let [due, missing, surplus] = [0, 0, twice];
      for (const [i, target] of targets.entries()) {
        const [least, most] = [ended.from, ended.to].map((at) => dueCount(target, started, at));
        const [account, count = 0] = [accounts[i], counts[i]];
        if (account === undefined || least === undefined || most === undefined) continue;
        // From 0 on without a gap: one that is surplus cannot stand for one that is missing.
        const gaps = account.settle(least).length;
        const reached = count + gaps;
        missing += gaps;
        surplus += Math.max(0, reached - most);
        due += Math.min(reached, most);
      }
      const isBlind = (at: RunNs) => blind.some(({ start, end }) => start <= at && at <= end);
      const unsentInSight = unsent.filter((at) => !isBlind(at)).length;
      return { due, missing, surplus, workerLost, unsentInSight };
    },
  };
}

/** Whether every attempt that was due has one row of the worker's own, and what was unsent is blind. */
export function closes(sum: RowSum, rows: number): boolean {
  const { due, missing, surplus, workerLost, unsentInSight } = sum;
  return due === rows && missing + surplus + workerLost + unsentInSight === 0;
}
