import pc from 'picocolors';
import type { ObjectiveVerdict, VerdictName } from '../model/verdict.ts';

export type Paint = (text: string) => string;

export type Colors = {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly good: Paint;
  readonly bad: Paint;
  readonly doubt: Paint;
  readonly accent: Paint;
  readonly verdict: (verdict: VerdictName | ObjectiveVerdict) => Paint;
};

/** Colours by meaning. Nothing is said by colour alone. */
export function colors(enabled: boolean): Colors {
  const { bold, dim, green, red, yellow, cyan } = pc.createColors(enabled);
  return {
    bold,
    dim,
    good: green,
    bad: red,
    doubt: yellow,
    accent: cyan,
    verdict: (verdict) => {
      switch (verdict) {
        case 'pass':
          return green;
        case 'fail':
        case 'error':
          return red;
        case 'inconclusive':
        case 'interrupted':
          return yellow;
      }
    },
  };
}
