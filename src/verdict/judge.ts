import { EXIT } from '../errors/exit-codes.ts';
import type { RunAnalysis } from '../model/analysis.ts';
import type { Judgement, ObjectiveResult, RunEnding } from '../model/verdict.ts';
import { judgeObjective } from './judge-objective.ts';
import { instant, type TellTime } from './wording.ts';

/**
 * A run → its verdict. What ended the run weighs before its objectives (decision 002): interrupted 130, the verifier could not
 * work 5, a step failed 4, an objective failed 1, any inconclusive 2, pass 0. Every objective gives a row in any case.
 * `tell` is how the rows name an instant, so that they can be found again in the report's tables.
 */
export function judge(
  analysis: RunAnalysis,
  objectives: readonly string[],
  ending: RunEnding,
  tell: TellTime = instant,
): Judgement {
  const rows = objectives.map((text) => judgeObjective(analysis, text, tell));
  switch (ending.kind) {
    case 'interrupted':
      return {
        verdict: 'interrupted',
        exitCode: EXIT.interrupted,
        why: 'the run was ended before its time',
        objectives: rows,
      };
    case 'verifier-failed':
      return { verdict: 'error', exitCode: EXIT.verifier, why: ending.why, objectives: rows };
    case 'step-failed':
      return { verdict: 'error', exitCode: EXIT.step, why: ending.why, objectives: rows };
    case 'complete':
      return byObjectives(rows);
  }
}

function byObjectives(objectives: readonly ObjectiveResult[]): Judgement {
  const failed = objectives.filter(({ verdict }) => verdict === 'fail');
  const open = objectives.filter(({ verdict }) => verdict === 'inconclusive');
  const [first] = failed.length > 0 ? failed : open;
  if (objectives.length === 0) {
    const why = 'nothing was judged: the run has no objectives';
    return { verdict: 'inconclusive', exitCode: EXIT.inconclusive, why, objectives };
  }
  if (first === undefined) return { verdict: 'pass', exitCode: EXIT.pass, why: null, objectives };
  const list = failed.length > 0 ? failed : open;
  const what = failed.length > 0 ? 'failed' : 'could not be decided';
  const share = `${String(list.length)} of ${String(objectives.length)} objectives ${what}`;
  const why = `${share}: ${list.map(({ text }) => text).join(', ')}`;
  return failed.length > 0
    ? { verdict: 'fail', exitCode: EXIT.fail, why, objectives }
    : { verdict: 'inconclusive', exitCode: EXIT.inconclusive, why, objectives };
}
