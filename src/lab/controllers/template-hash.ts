import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { PodTemplate, ReplicaSet } from '../objects.ts';

const LABEL = 'pod-template-hash';
const SAFE = 'bcdfghjklmnpqrstvwxz2456789';

/** A name for a template: the same template has the same one. `648d7699dc`, as the real controller's looks. */
export function templateHash(template: PodTemplate): string {
  const digest = createHash('sha256').update(JSON.stringify(template)).digest();
  return [...digest.subarray(0, 10)].map((byte) => SAFE.charAt(byte % SAFE.length)).join('');
}

export function withHash(template: PodTemplate, hash: string): PodTemplate {
  const labels = { ...template.metadata?.labels, [LABEL]: hash };
  return { ...template, metadata: { ...template.metadata, labels } };
}

/** Whether a ReplicaSet was made of this template. */
export function isOfTemplate(set: ReplicaSet, template: PodTemplate): boolean {
  const hash = set.metadata.labels?.[LABEL] ?? '';
  return isDeepStrictEqual(set.spec.template, withHash(template, hash));
}
