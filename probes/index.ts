import type { ProbeKind } from '../src/contracts/probe.ts';
import { http } from './http/index.ts';
import { icmp } from './icmp/index.ts';
import { keystone } from './keystone/index.ts';
import { pods } from './pods/index.ts';

/** Every probe there is. Scenario schema, help, reference and the objective grammar are made from this list. */
export const probes: readonly ProbeKind[] = [icmp, keystone, http, pods];
