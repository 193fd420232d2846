import { createServer } from 'node:net';
import { expect } from 'chai';
import { CodedError } from '../../../src/errors/coded-error.ts';
import { openScrapeServer } from '../../../src/live/metrics/scrape-server.ts';

describe('server of the metrics', () => {
  it('answers 503 until there is a run, then its metrics; and nothing else', async () => {
    const server = await openScrapeServer({ host: '127.0.0.1', port: 0 });
    try {
      expect((await fetch(server.url)).status).to.equal(503);
      server.serve({
        contentType: 'text/plain; version=0.0.4',
        text: () => Promise.resolve('a 1\n'),
      });
      const answer = await fetch(server.url);
      expect(answer.status).to.equal(200);
      expect(answer.headers.get('content-type')).to.equal('text/plain; version=0.0.4');
      expect(await answer.text()).to.equal('a 1\n');
      expect((await fetch(new URL('/', server.url))).status).to.equal(404);
      expect((await fetch(server.url, { method: 'POST' })).status).to.equal(404);
    } finally {
      await server.close();
    }
  });

  it('says that another process has the port', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const error = await openScrapeServer({ host: '127.0.0.1', port }).catch((e: unknown) => e);
    other.close();
    expect(error).to.be.instanceOf(CodedError);
    expect(error).to.include({ code: 'metrics-address', exitCode: 5 });
    expect((error as CodedError).message).to.match(/127\.0\.0\.1:\d+: .*EADDRINUSE/);
  });

  it('listens on IPv6 too', async function () {
    const server = await openScrapeServer({ host: '::1', port: 0 }).catch((error: unknown) => {
      if (/EADDRNOTAVAIL|EAFNOSUPPORT/.test(String(error))) return null;
      throw error;
    });
    if (server === null) {
      if (process.env['CI']) throw new Error('no IPv6 loopback here');
      console.log('    skipped: no IPv6 loopback here');
      this.skip();
    }
    expect(server.url).to.match(/^http:\/\/\[::1\]:\d+\/metrics$/);
    expect((await fetch(server.url)).status).to.equal(503);
    await server.close();
  });
});
