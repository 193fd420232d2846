/** What a program says about the latencies it measured, ms. NaN where it does not say. */
export type SaidLatencies = {
  readonly requests: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
};

/** autocannon --json. Whole ms. */
export function saidByAutocannon(output: string): SaidLatencies {
  const { latency, requests } = JSON.parse(output) as {
    readonly latency: { readonly p50: number; readonly p99: number; readonly max: number };
    readonly requests: { readonly total: number };
  };
  const { p50, p99, max } = latency;
  return { requests: requests.total, p50, p99, max };
}

/** hey without `-o`: its summary. It gives no maximum but the slowest, and seconds. */
export function saidByHey(output: string): SaidLatencies {
  const seconds = (pattern: RegExp) => Number(pattern.exec(output)?.[1] ?? Number.NaN) * 1000;
  const answered = [...output.matchAll(/^\s*\[\d+\]\s+(\d+) responses$/gm)];
  return {
    requests: answered.reduce((sum, [, count]) => sum + Number(count), 0),
    p50: seconds(/^\s*50% in ([\d.]+) secs$/m),
    p99: seconds(/^\s*99% in ([\d.]+) secs$/m),
    max: seconds(/^\s*Slowest:\s+([\d.]+) secs$/m),
  };
}

/** wrk --latency. */
export function saidByWrk(output: string): SaidLatencies {
  const time = (pattern: RegExp) => {
    const [, value, unit] = pattern.exec(output) ?? [];
    return (
      Number(value ?? Number.NaN) * (unit === undefined ? Number.NaN : (MS_OF[unit] ?? Number.NaN))
    );
  };
  return {
    requests: Number(/^\s*(\d+) requests in /m.exec(output)?.[1] ?? Number.NaN),
    p50: time(/^\s*50%\s+([\d.]+)(us|ms|s)$/m),
    p99: time(/^\s*99%\s+([\d.]+)(us|ms|s)$/m),
    max: time(/^\s*Latency\s+\S+\s+\S+\s+([\d.]+)(us|ms|s)\s/m),
  };
}

const MS_OF: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000 };
