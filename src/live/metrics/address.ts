import { isIP } from 'node:net';
import { CodedError } from '../../errors/coded-error.ts';

export type MetricsAddress = { readonly host: string; readonly port: number };

/** Without a host only this machine can read it: what is served names hosts, workloads and steps. */
const LOOPBACK = '127.0.0.1';

/**
 * `--metrics`: `HOST:PORT`, `:PORT` or `PORT`. Throws `usage`.
 *
 *     :9464 → 127.0.0.1, 9464; [::1]:9464 → ::1, 9464; 0.0.0.0:9464 → every address, because it is written out
 */
export function parseMetricsAddress(text: string): MetricsAddress {
  const match = /^(?:(?<host>\[[^\]]*\]|[^:[\]]*):)?(?<port>\d{1,5})$/.exec(text);
  const { host = '', port = '' } = match?.groups ?? {};
  const bare = host.startsWith('[') ? host.slice(1, -1) : host;
  const bracketed = bare !== host;
  const valid =
    match !== null &&
    Number(port) <= 65_535 &&
    (bracketed
      ? isIP(bare) === 6
      : bare === '' || isIP(bare) === 4 || /^[a-z][a-z0-9.-]*$/i.test(bare));
  if (valid) return { host: bare === '' ? LOOPBACK : bare, port: Number(port) };
  throw new CodedError(
    'usage',
    `--metrics ${text} is not an address`,
    'write it like 127.0.0.1:9464, :9464 (loopback), [::1]:9464 or 0.0.0.0:9464',
  );
}
