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
  const forms = known.flatMap((secret) => {
    const json = JSON.stringify(secret).slice(1, -1);
    return json === secret ? [secret] : [secret, json];
  });
  return (text) => forms.reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
}

/** A logger into a file (created; appended to), with secrets removed from every line. */
export function fileLogger(path: string, redact: (text: string) => string): Logger {
  const file = pino.destination({ dest: path, sync: true, mkdir: false });
  const stream: DestinationStream = { write: (line) => void file.write(redact(line)) };
  const logger = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, stream);
  return {
    info: (fields, message) => {
      logger.info(fields, message);
    },
    warn: (fields, message) => {
      logger.warn(fields, message);
    },
    error: (fields, message) => {
      logger.error(fields, message);
    },
    flush: () => {
      file.flushSync();
    },
  };
}

/** A logger that keeps nothing. */
export const silentLogger: Logger = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  flush: () => undefined,
};
