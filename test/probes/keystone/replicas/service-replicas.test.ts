import { expect } from 'chai';
import { replicasOf } from '../../../../probes/keystone/replicas/service-replicas.ts';

const PUBLIC = new URL('https://keystone.example/identity/v3');
const pod = (name: string, address: string, ready?: boolean | null) => ({
  addresses: [address],
  conditions: { ready, serving: true },
  targetRef: { kind: 'Pod', name, uid: `uid-${name}` },
});
const slice = (endpoints: unknown, ports: unknown = [{ name: 'api', port: 5000 }]) => ({
  metadata: { name: 'keystone-api-abcde' },
  addressType: 'IPv4',
  endpoints,
  ports,
});
const urls = (slices: readonly unknown[], port?: number | string) =>
  replicasOf(slices, { port, scheme: 'http' }, PUBLIC).map(({ url }) => url.href);

describe('replicas behind a Service', () => {
  it('are its ready pods, over all slices, each once', () => {
    const found = replicasOf(
      [
        slice([
          pod('a', '10.0.0.1', true),
          pod('b', '10.0.0.2', false),
          pod('c', '10.0.0.3', null),
        ]),
        slice([pod('d', 'fd00::4', true), pod('a', '10.0.0.1', true)]),
      ],
      { port: undefined, scheme: 'https' },
      PUBLIC,
    );
    expect(found.map(({ kind, name, uid, url }) => [kind, name, uid, url.href])).to.deep.equal([
      ['Pod', 'a', 'uid-a', 'https://10.0.0.1:5000/identity/v3'],
      ['Pod', 'c', 'uid-c', 'https://10.0.0.3:5000/identity/v3'],
      ['Pod', 'd', 'uid-d', 'https://[fd00::4]:5000/identity/v3'],
    ]);
  });

  it('are spoken to at the port that was asked for, by number or name', () => {
    const ports = [
      { name: 'metrics', port: 9100 },
      { name: 'api', port: 5000 },
    ];
    const slices = [slice([pod('a', '10.0.0.1')], ports)];
    expect(urls(slices)).to.deep.equal(['http://10.0.0.1:9100/identity/v3']);
    expect(urls(slices, 'api')).to.deep.equal(['http://10.0.0.1:5000/identity/v3']);
    expect(urls(slices, 8080)).to.deep.equal(['http://10.0.0.1:8080/identity/v3']);
    expect(urls(slices, 'admin')).to.deep.equal([]);
  });

  it('are none where the answer is not what is documented', () => {
    expect(urls([{}, null, slice(null), slice([{}])])).to.deep.equal([]);
  });
});
