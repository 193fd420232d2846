import { z } from 'zod';
import { duration, secret } from '../contracts/scalars.ts';
import type { InfluxSettings } from '../model/scenario.ts';

/** `store`: where points go beside the run file. What is left out comes from INFLUX_*. */
export function storeForm() {
  const setting = (what: string, name: string) =>
    z.string().min(1).optional().describe(`${what}; \`${name}\` where it is left out.`);
  const influx = z
    .strictObject({
      url: z
        .url({
          protocol: /^https?$/,
          error: 'expected a URL such as http://influxdb.example:8086',
        })
        .refine(
          (text) => {
            const { username, password } = new URL(text);
            return username === '' && password === '';
          },
          { error: 'the token goes into "token", not into the URL' },
        )
        .optional()
        .describe(
          'Of InfluxDB 2, or what speaks its write API (VictoriaMetrics); `INFLUX_URL` where it is left out.',
        ),
      org: setting('Organisation', 'INFLUX_ORG'),
      bucket: setting('Bucket', 'INFLUX_BUCKET'),
      token: secret()
        .min(1)
        .optional()
        .describe('Token that may write to the bucket; `INFLUX_TOKEN` where it is left out.'),
      required: z
        .boolean()
        .default(false)
        .describe(
          'Whether a store that cannot be written to ends the run before anything is upgraded. Otherwise it is a warning, and `rollproof export` sends the points later.',
        ),
      catchUp: duration()
        .prefault('15s')
        .describe('How long the run waits at its end for the store to take what is left.'),
    })
    .transform(
      ({ url, org, bucket, token, required, catchUp }): InfluxSettings => ({
        url: url ?? null,
        org: org ?? null,
        bucket: bucket ?? null,
        token: token ?? null,
        required,
        catchUpNs: catchUp,
      }),
    );
  return z.strictObject({
    influx: influx.describe('InfluxDB 2. What is sent stands in docs/time-series.md.'),
  });
}
