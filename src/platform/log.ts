import { type DestinationStream, pino } from 'pino';

/** Structured log of a run, one JSON line each: log.ndjson. */
export type Logger = {
  readonly info: (fields: Readonly<Record<string, unknown>>, message: string) => void;
  readonly warn: (fields: Readonly<Record<string, unknown>>, message: string) => void;
  readonly error: (fields: Readonly<Record<string, unknown>>, message: string) => void;
  /** Writes what is buffered. */
  readonly flush: () => void;
};

/** Replaces every occurrence of a secret by `***`. Secrets shorter than 4 characters are left: they are in every text. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const known = [...new Set(secrets)]
    .filter((secret) => secret.length >= 4)
    .sort((a, b) => b.length - a.length);
  // A tool may print it inside JSON.
  const forms = known.flatMap((secret) => {
    const json = JSON.stringify(secret).slice(1, -1);
    return json === secret ? [secret] : [secret, json];
  });
  return (text) => forms.reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
}

/**
 * A logger into a file (created; appended to), with secrets removed from every text in it. What stands around the texts is left, so that a
 * line stays JSON when a secret is `true` or `3600`. The first line that cannot be written (disk full) is told to `onFailure`; those after it are
 * dropped. Throws the system's error when the file cannot be made.
 */
export function fileLogger(
  path: string,
  redact: (text: string) => string,
  onFailure: (error: Error) => void,
): Logger {
  const file = pino.destination({ dest: path, sync: true, mkdir: false });
  let failed = false;
  const fail = (error: Error) => {
    if (failed) return;
    failed = true;
    onFailure(error);
  };
  file.on('error', fail);
  const stream: DestinationStream = {
    write: (line) => {
      if (!failed) file.write(line);
    },
  };
  const logger = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, stream);
  const write =
    (level: 'info' | 'warn' | 'error') =>
    (fields: Readonly<Record<string, unknown>>, message: string) => {
      logger[level](redactTexts(fields, redact), redact(message));
    };
  return {
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    flush: () => {
      try {
        if (!failed) file.flushSync();
      } catch (error) {
        fail(error instanceof Error ? error : new Error(String(error)));
      }
    },
  };
}

/** Every text in a value, however deep, redacted; an error is its message. */
export function redactTexts<T>(value: T, redact: (text: string) => string): T;
export function redactTexts(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === 'string') return redact(value);
  if (value instanceof Error) return redact(value.message);
  if (Array.isArray(value)) return value.map((each: unknown) => redactTexts(each, redact));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, redactTexts<unknown>(each, redact)]),
  );
}

/** A logger that keeps nothing. */
export const silentLogger: Logger = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  flush: () => undefined,
};
