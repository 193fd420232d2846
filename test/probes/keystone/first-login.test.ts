import { expect } from 'chai';
import { CodedError } from '../../../src/errors/coded-error.ts';
import { type Certificate, selfSigned } from './certificates.ts';
import { fakeKeystone, PASSWORD } from './fake-keystone.ts';
import { probing } from './probing.ts';

async function refusedLogin(url: string, config: object = {}): Promise<CodedError> {
  const thrown: unknown = await probing(url, config).then(
    async (probe) => {
      await probe.close();
      return null;
    },
    (error: unknown) => error,
  );
  if (!(thrown instanceof CodedError)) throw new Error(`no CodedError but ${String(thrown)}`);
  expect(thrown.code).to.equal('keystone-login-failed');
  expect(thrown.exitCode).to.equal(5);
  expect(`${thrown.message} ${String(thrown.hint)} ${String(thrown.stack)}`).not.to.include(
    PASSWORD,
  );
  return thrown;
}

describe('keystone probe: first login', () => {
  it('names URL, status and what to check when the password is wrong', async () => {
    const keystone = await fakeKeystone();
    keystone.answer = (_, response) => {
      response
        .writeHead(401)
        .end('{"error":{"message":"The request you have made requires authentication."}}');
    };
    const { message, hint } = await refusedLogin(keystone.url);
    expect(message).to.include(
      `POST ${keystone.url}/v3/auth/tokens: auth: HTTP 401: The request you`,
    );
    expect(hint).to.equal("check username, password, user domain and scope in the scenario's auth");
    await keystone.close();
  });

  it('says that nothing listens', async () => {
    const keystone = await fakeKeystone();
    await keystone.close();
    expect((await refusedLogin(keystone.url)).hint).to.match(/^nothing listens on 127/);
  });

  it('says that the name cannot be resolved', async () => {
    const { message, hint } = await refusedLogin('http://keystone.invalid:5000');
    expect(message).to.include('dns');
    expect(hint).to.match(/^keystone\.invalid cannot be resolved/);
  });

  it('says that it was connected and not answered', async () => {
    const keystone = await fakeKeystone();
    keystone.answer = () => undefined;
    const { message, hint } = await refusedLogin(keystone.url, { timeout: '100ms' });
    expect(message).to.match(/: stalled$/);
    expect(hint).to.match(/took the connection and gave no answer in time/);
    await keystone.close();
  });

  it('says that the endpoint is not Keystone', async () => {
    const keystone = await fakeKeystone();
    keystone.answer = (_, response) => void response.writeHead(404).end('not here');
    expect((await refusedLogin(keystone.url)).hint).to.match(/a Keystone v3 endpoint\?/);
    await keystone.close();
  });
});

describe('keystone probe: TLS', () => {
  let certificate: Certificate;
  before(function () {
    const made = selfSigned('IP:127.0.0.1');
    if (made === null) {
      if (process.env['CI']) throw new Error('openssl is missing');
      console.log('    skipped: needs openssl (apt package openssl)');
      this.skip();
    } else certificate = made;
  });

  it('refuses an unknown authority and says how to name it', async () => {
    const keystone = await fakeKeystone(certificate);
    const { message, hint } = await refusedLogin(keystone.url);
    expect(message).to.include('tls:');
    expect(hint).to.include('set ca');
    await keystone.close();
  });

  it('accepts it with its CA file, and anything when insecure', async () => {
    const keystone = await fakeKeystone(certificate);
    for (const config of [{ ca: certificate.certPath }, { insecure: true }]) {
      const probe = await probing(keystone.url, { ...config, connections: ['reused'] });
      expect(await probe.attempt('validate')).to.include({ outcome: 'ok' });
      await probe.close();
    }
    await keystone.close();
  });

  it('shows its own certificate to a server that asks for one, and cannot begin without', async () => {
    const client = selfSigned('DNS:rollproof');
    if (client === null) throw new Error('openssl made one before');
    const asking = { requestCert: true, rejectUnauthorized: true, ca: client.cert };
    const keystone = await fakeKeystone({ ...certificate, ...asking });
    const server = { ca: certificate.certPath };
    await refusedLogin(keystone.url, server);
    const shown = { ...server, cert: client.certPath, key: client.keyPath };
    const probe = await probing(keystone.url, shown);
    expect(await probe.attempt('issue')).to.include({ outcome: 'ok' });
    await probe.close();
    await keystone.close();
    const half: unknown = await probing(keystone.url, { cert: client.certPath }).catch(
      (error: unknown) => error,
    );
    expect(half).to.include({ code: 'probe-config' });
  });

  it('says when the certificate is for another name', async () => {
    const other = selfSigned('DNS:elsewhere.example');
    if (other === null) throw new Error('openssl made one before');
    const keystone = await fakeKeystone(other);
    const { hint } = await refusedLogin(keystone.url, { ca: other.certPath });
    expect(hint).to.match(/^the certificate is not for 127\.0\.0\.1/);
    await keystone.close();
  });

  it('says when the server speaks plain HTTP', async () => {
    const keystone = await fakeKeystone();
    const { hint } = await refusedLogin(keystone.url.replace('http:', 'https:'));
    expect(hint).to.match(/is it http:\/\//);
    await keystone.close();
  });
});
