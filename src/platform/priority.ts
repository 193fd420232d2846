import { constants, setPriority } from 'node:os';

/**
 * Puts the calling thread (and what it starts) before ordinary work of this machine, where that is permitted
 * (CAP_SYS_NICE); elsewhere nothing changes. For measuring threads: the less they wait for a core, the less is blind.
 */
export function raisePriority(): void {
  try {
    setPriority(0, constants.priority.PRIORITY_HIGH);
  } catch {
    // Not permitted: what is late for want of a core is reported as blind.
  }
}
