import { CATALOGUE, type ErrorCode } from './catalogue.ts';

/** An error a person can act on: what went wrong and where (message), and how to mend it (hint). */
export class CodedError extends Error {
  override readonly name = 'CodedError';
  readonly code: ErrorCode;
  readonly hint: string | null;

  constructor(code: ErrorCode, message: string, hint: string | null, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
    this.hint = hint;
  }

  get exitCode(): number {
    return CATALOGUE[this.code].exitCode;
  }
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
