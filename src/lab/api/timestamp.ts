/** Kubernetes' metav1.Time has whole seconds: 1764000000123 → `2025-11-24T16:00:00Z`. */
export function timestamp(wallMs: number): string {
  return `${new Date(wallMs).toISOString().slice(0, 19)}Z`;
}
