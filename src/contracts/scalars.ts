import { z } from 'zod';
import { parseDuration } from '../model/duration.ts';

/**
 * The scalars of a scenario. Each is a zod schema whose input is what stands in the YAML and whose output is the
 * number the code works with, so that one definition gives validation, the editor's schema and the reference.
 */

/** `20ms`, `1m30s` → ns. */
export function duration(options: { readonly positive?: boolean } = {}) {
  return z
    .string({ error: 'expected a duration such as 20ms or 1m30s' })
    .meta({ pattern: String.raw`^(0|(\d+(\.\d+)?(ns|us|µs|ms|s|m|h|d))+)$`, format: 'duration' })
    .transform((text, context) => {
      const ns = parseDuration(text);
      if (ns !== null && (ns > 0 || options.positive !== true)) return ns;
      context.addIssue({
        code: 'custom',
        message:
          ns === null
            ? `"${text}" is not a duration (write it like 20ms, 1.5s or 1m30s)`
            : 'must be longer than 0',
      });
      return z.NEVER;
    });
}

/** `50/s`, `300/m` → attempts per second. */
export function rate() {
  return z
    .string({ error: 'expected a rate such as 50/s' })
    .meta({ pattern: String.raw`^\d+(\.\d+)?/(s|m|h)$`, format: 'rate' })
    .transform((text, context) => {
      const match = /^(\d+(?:\.\d+)?)\/(s|m|h)$/.exec(text);
      const per = match?.[2] === 'h' ? 3600 : match?.[2] === 'm' ? 60 : 1;
      const value = match === null ? 0 : Number(match[1]) / per;
      if (value > 0) return value;
      context.addIssue({
        code: 'custom',
        message: `"${text}" is not a rate (write it like 50/s or 300/m)`,
      });
      return z.NEVER;
    });
}

/** A text that must never be written anywhere: `***` in the resolved scenario, removed from logs and errors. */
export function secret() {
  return z.string().meta({ secret: true });
}
