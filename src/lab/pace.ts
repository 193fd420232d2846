/** How long the parts of the lab take, ms. What a real cluster was seen to take, unless a test wants it shorter. */
export type LabPace = {
  /** From a pod's being marked for deletion to its kubelet's acting on it. */
  readonly noticeMs: number;
  /** From binding to the start of the process. */
  readonly containerCreateMs: number;
  /** From the start of a process, or its end, to the report of it. */
  readonly statusMs: number;
  /** From the end of a stopped process to the report of it. */
  readonly exitNoticeMs: number;
  /** From the report of the end to the pod's deletion. */
  readonly removeMs: number;
  /** The first wait of CrashLoopBackOff. */
  readonly crashBackOffMs: number;
  /** From a change of the endpoints to the Service's proxy following it. */
  readonly proxyDelayMs: number;
  readonly bookmarkMs: number;
  readonly heartbeatMs: number;
  /** Priority of the pods' processes, 0 (as this one) to 19. */
  readonly nice: number;
};

export const CLUSTER_PACE: LabPace = {
  noticeMs: 60,
  containerCreateMs: 400,
  statusMs: 700,
  exitNoticeMs: 200,
  removeMs: 350,
  crashBackOffMs: 10_000,
  proxyDelayMs: 200,
  bookmarkMs: 5_000,
  heartbeatMs: 5_000,
  nice: 5,
};
