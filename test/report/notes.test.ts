import { expect } from 'chai';
import type { ProbeNote } from '../../src/model/analysis.ts';
import { noteText } from '../../src/report/notes.ts';

const note = (what: string, detail: ProbeNote['detail'], subject: string | null = null) =>
  noteText({ at: 0, target: null, subject, what, detail });

describe('notes of a probe', () => {
  it('tell a change of the API version, and whether connections were kept', () => {
    expect(note('api-version', { from: 'v3.14', to: 'v3.15' })).to.deep.equal({
      text: 'the API version changed from v3.14 to v3.15',
      notable: true,
    });
    expect(note('api-version', { from: null, to: 'v3.14' }).notable).to.equal(false);
    expect(note('kept-alive', { requests: 1200, onKept: 0 })).to.deep.equal({
      text: '0 of 1,200 requests went out on a connection kept alive',
      notable: true,
    });
    expect(note('kept-alive', { requests: 1200, onKept: 1190 }).notable).to.equal(false);
  });

  it('name the Service whose pods are not known', () => {
    const { text, notable } = note('endpoints-unknown', { message: '503' }, 'openstack/keystone');
    expect(text).to.equal(
      'the pods behind the Service openstack/keystone could not be listed: 503',
    );
    expect(notable).to.equal(true);
  });

  it('say what they do not know as it was recorded', () => {
    expect(note('re-resolved', { from: '10.0.0.1', n: 2 }).text).to.equal(
      're-resolved (from 10.0.0.1, n 2)',
    );
    expect(note('worker-exited', {}).text).to.equal('worker-exited');
  });
});
