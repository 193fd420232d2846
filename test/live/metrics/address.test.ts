import { expect } from 'chai';
import { CodedError } from '../../../src/errors/coded-error.ts';
import { parseMetricsAddress } from '../../../src/live/metrics/address.ts';

describe('address of the metrics', () => {
  for (const [text, host, port] of [
    ['127.0.0.1:9464', '127.0.0.1', 9464],
    [':9464', '127.0.0.1', 9464],
    ['9464', '127.0.0.1', 9464],
    [':0', '127.0.0.1', 0],
    ['[::1]:9464', '::1', 9464],
    ['0.0.0.0:9464', '0.0.0.0', 9464],
    ['[::]:9464', '::', 9464],
    ['localhost:65535', 'localhost', 65_535],
  ] as const) {
    it(`${text} is ${host}, ${String(port)}`, () => {
      expect(parseMetricsAddress(text)).to.deep.equal({ host, port });
    });
  }

  for (const text of [
    '',
    ':',
    'host',
    'host:',
    ':65536',
    '::1:9464',
    '[::1]',
    '[a]:1',
    '1.2.3:80',
    'a b:1',
    ':-1',
    'http://x:1',
  ]) {
    it(`"${text}" is none`, () => {
      expect(() => parseMetricsAddress(text)).to.throw(CodedError, /is not an address/);
    });
  }
});
