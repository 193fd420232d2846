import { expect } from 'chai';
import { openConnections } from '../../../../probes/shared/http/connections.ts';
import { exchange } from '../../../../probes/shared/http/exchange.ts';
import { rehearse } from '../../../../probes/shared/http/rehearsal.ts';
import { NS_PER_S } from '../../../../src/model/time.ts';
import { dropAnchor, runClock } from '../../../../src/platform/clock.ts';
import { startLoopbackServer } from '../../../../src/platform/loopback-server.ts';

const { now } = runClock(dropAnchor());
const tls = { ca: null, cert: null, key: null, insecure: false };
const request = { method: 'GET', path: '/', headers: {} };

describe('rehearsal of an HTTP probe', () => {
  it('is held once, whoever asks', () => {
    expect(rehearse(now)).to.equal(rehearse(now));
  });

  it('comes to an end also where it was held before', async () => {
    await rehearse(now);
    await rehearse(now);
  });

  for (const kind of ['new', 'reused'] as const) {
    it(`finds a server that answers on ${kind} connections, until it is closed`, async () => {
      const { origin, close } = await startLoopbackServer();
      const connections = openConnections({ origin, tls }, { now });
      const ask = () => exchange(request, { connections, class: kind, timeoutNs: NS_PER_S, now });
      try {
        for (let i = 0; i < 3; i++) {
          const done = await ask();
          expect(done.kind === 'answer' && done.answer.body).to.equal('{}');
        }
        close();
        expect((await ask()).kind).to.equal('error');
      } finally {
        connections.close();
        close();
      }
    });
  }
});
