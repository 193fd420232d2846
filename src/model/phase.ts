/** `baseline` before the upgrade, `upgrade` while its steps run, `settle` after it. */
export const PHASES = ['baseline', 'upgrade', 'settle'] as const;
export type Phase = (typeof PHASES)[number];
