import type { Reason } from '../../../src/model/sample.ts';

/** Why an answer with this status is not the right one. `content`: a success, but not the one expected. */
export function statusReason(status: number): Reason {
  if (status === 401 || status === 403) return 'auth';
  if (status === 429) return 'throttled';
  if (status >= 500) return 'http-5xx';
  if (status >= 400) return 'http-4xx';
  return status >= 300 ? 'http-3xx' : 'content';
}
