import { expect } from 'chai';
import { failureOf } from '../../../../probes/shared/http/failure.ts';

function errno(code: string, message = code): Error {
  return Object.assign(new Error(message), { code });
}

describe('keystone failure', () => {
  for (const [code, outcome, reason] of [
    ['ECONNREFUSED', 'failed', 'refused'],
    ['ECONNRESET', 'failed', 'reset'],
    ['EPIPE', 'failed', 'reset'],
    ['UND_ERR_SOCKET', 'failed', 'closed'],
    ['EHOSTUNREACH', 'failed', 'unreachable'],
    ['ENETUNREACH', 'failed', 'unreachable'],
    ['ENOTFOUND', 'failed', 'dns'],
    ['EAI_AGAIN', 'failed', 'dns'],
    ['EPROTO', 'failed', 'tls'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'failed', 'tls'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'failed', 'tls'],
    ['HPE_INVALID_CONSTANT', 'failed', 'protocol'],
    ['ETIMEDOUT', 'lost', 'timeout'],
    ['EMFILE', 'unsent', 'send-error'],
    ['EAI_MEMORY', 'unsent', 'send-error'],
    ['EADDRNOTAVAIL', 'unsent', 'send-error'],
  ] as const) {
    it(`takes ${code} for ${outcome}: ${reason}`, () => {
      expect(failureOf(errno(code))).to.include({ outcome, reason });
    });
  }

  it('tells no route of this machine from a router that says unreachable', () => {
    const local = 'connect ENETUNREACH 10.9.9.9:5000 - Local (0.0.0.0:0)';
    expect(failureOf(errno('ENETUNREACH', local))).to.include({
      outcome: 'unsent',
      reason: 'send-error',
    });
    const remote = 'connect ENETUNREACH 10.9.9.9:5000';
    expect(failureOf(errno('ENETUNREACH', remote))).to.include({ outcome: 'failed' });
  });
});
