import type { Client, Dispatcher } from 'undici';
import type { Answer, Request } from './message.ts';

/** What becomes of a request, each told once at most; after `onAnswer` or `onError` nothing more comes. */
export type TransferListener = {
  /** It is now given to the connection. */
  readonly onWrite: () => void;
  /** The head of the answer is there. */
  readonly onHead: () => void;
  /** The whole answer is. */
  readonly onAnswer: (answer: Answer) => void;
  readonly onError: (error: unknown) => void;
};

type Headers = Answer['headers'];

/**
 * Sends one request over a client and gathers the whole answer. Through undici's handlers and not its `request`: that makes a stream, several promises and
 * an abort signal for each request, which cost more than the request itself. Who gives up discards the client: `onError` comes then.
 */
export function transfer(
  client: Client,
  { method, path, headers, body }: Request,
  reset: boolean,
  { onWrite, onHead, onAnswer, onError }: TransferListener,
): void {
  let [status, head] = [0, {} as Headers];
  const chunks: Buffer[] = [];
  const handler: Dispatcher.DispatchHandler = {
    onRequestStart: onWrite,
    onResponseStart: (_, code, fields) => {
      // What comes before the answer (103 and the like) is none.
      if (code < 200) return;
      [status, head] = [code, fields];
      onHead();
    },
    onResponseData: (_, chunk) => {
      chunks.push(chunk);
    },
    onResponseEnd: () => {
      onAnswer({ status, headers: head, body: textOf(chunks) });
    },
    onResponseError: (_, error) => {
      onError(error);
    },
  };
  client.dispatch({ method, path, headers, body: body ?? null, reset }, handler);
}

/** A byte order mark is not of the text. */
function textOf(chunks: readonly Buffer[]): string {
  const [first] = chunks;
  if (first === undefined) return '';
  const text = (chunks.length === 1 ? first : Buffer.concat(chunks)).toString();
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}
