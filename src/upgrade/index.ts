import type { StepKind } from '../contracts/step.ts';
import { command } from './command.ts';
import { restart } from './restart.ts';
import { setImage } from './set-image.ts';
import { wait } from './wait.ts';

/** The one list of upgrade steps: scenario schema, reference and help come from it. */
export const stepKinds: readonly StepKind[] = [command, setImage, restart, wait];
