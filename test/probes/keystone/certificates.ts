import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Certificate = {
  readonly key: string;
  readonly cert: string;
  readonly certPath: string;
  readonly keyPath: string;
};

/** A self-signed certificate for a name or address (`IP:127.0.0.1`), made by openssl; null where that is not installed. */
export function selfSigned(subjectAltName: string): Certificate | null {
  const folder = mkdtempSync(join(tmpdir(), 'rollproof-cert-'));
  const [keyPath, certPath] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const files = ['-keyout', keyPath, '-out', certPath, '-days', '2', '-subj', '/CN=rollproof-test'];
  try {
    execFileSync(
      'openssl',
      ['req', '-x509', ...curve, ...files, '-addext', `subjectAltName=${subjectAltName}`],
      {
        stdio: 'ignore',
      },
    );
  } catch {
    return null;
  }
  return {
    key: readFileSync(keyPath, 'utf8'),
    cert: readFileSync(certPath, 'utf8'),
    certPath,
    keyPath,
  };
}
