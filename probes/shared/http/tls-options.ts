import { createPrivateKey, X509Certificate } from 'node:crypto';
import { CodedError, messageOf } from '../../../src/errors/coded-error.ts';
import { readConfigFile } from '../../../src/platform/openstack-files.ts';

export type TlsOptions = {
  /** PEM texts; a null `ca` is the system's. */
  readonly ca: string | null;
  readonly cert: string | null;
  readonly key: string | null;
  /** Any certificate is accepted. */
  readonly insecure: boolean;
};

/** Paths of PEM files → their texts. Throws `probe-config` that names the file which cannot be read or used. */
export async function loadTls(paths: {
  readonly ca: string | null;
  readonly cert: string | null;
  readonly key: string | null;
  readonly insecure: boolean;
}): Promise<TlsOptions> {
  const { ca, cert, key, insecure } = paths;
  return {
    ca: ca === null ? null : await readPem(ca, 'ca'),
    cert: cert === null ? null : await readPem(cert, 'cert'),
    key: key === null ? null : await readPem(key, 'key'),
    insecure,
  };
}

async function readPem(path: string, what: 'ca' | 'cert' | 'key'): Promise<string> {
  const pem = await readConfigFile(path, `the ${what} file`);
  try {
    // A TLS context silently leaves out a certificate that it cannot read.
    if (what === 'key') createPrivateKey(pem);
    else new X509Certificate(pem);
  } catch (error) {
    throw new CodedError(
      'probe-config',
      `the ${what} file ${path} is not usable: ${messageOf(error)}`,
      'it must be in PEM format',
    );
  }
  return pem;
}
