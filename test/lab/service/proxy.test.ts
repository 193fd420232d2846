import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { Store } from '../../../src/lab/api/store.ts';
import type { EndpointSlice, Service } from '../../../src/lab/objects.ts';
import { backendsOf, proxyService, type ServiceProxy } from '../../../src/lab/service/proxy.ts';
import { eventually } from '../eventually.ts';

describe('a Service', () => {
  let store: Store;
  let service: Service;
  let proxy: ServiceProxy;
  let port: number;
  let servers: Server[];

  beforeEach(async () => {
    store = new Store();
    service = store.create('services', {
      metadata: { name: 's', namespace: 'openstack' },
      spec: { selector: { app: 's' }, ports: [{ port: 80 }] },
    });
    servers = [];
    port = 0;
    // One port on three addresses, as pods have.
    for (const host of ['127.0.3.1', '127.0.3.2', '127.0.3.3']) port = await echo(host, port);
    store.create('endpointslices', slice(['127.0.3.1', '127.0.3.2']));
    proxy = await proxyService(store, service, { delayMs: 20, host: '127.0.0.1', port: 0 });
  });
  afterEach(async () => {
    await proxy.close();
    for (const server of servers) server.close();
  });

  const slice = (ready: readonly string[], terminating: readonly string[] = []) => ({
    metadata: {
      name: 's-1',
      namespace: 'openstack',
      labels: { 'kubernetes.io/service-name': 's' },
    },
    addressType: 'IPv4' as const,
    endpoints: [...ready, ...terminating].map((address) => ({
      addresses: [address],
      conditions: {
        ready: ready.includes(address),
        serving: true,
        terminating: terminating.includes(address),
      },
      targetRef: { kind: 'Pod' as const, namespace: 'openstack', name: address, uid: address },
      nodeName: 'node-1',
    })),
    ports: [{ name: '', protocol: 'TCP', port }],
  });
  const setEndpoints = (ready: readonly string[], terminating: readonly string[] = []) => {
    const known: EndpointSlice = store.get('endpointslices', 'openstack', 's-1');
    store.update(
      'endpointslices',
      { ...known, ...slice(ready, terminating), metadata: known.metadata },
      'spec',
    );
  };

  /** Says its own address, then whatever it is told. */
  async function echo(host: string, on: number): Promise<number> {
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.write(`${host}\n`);
      socket.pipe(socket);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(on, host, resolve));
    return (server.address() as AddressInfo).port;
  }

  it('takes ready endpoints in turn', async () => {
    const hosts = [await hostOf(proxy.port), await hostOf(proxy.port), await hostOf(proxy.port)];
    expect(new Set(hosts)).to.deep.equal(new Set(['127.0.3.1', '127.0.3.2']));
  });

  it('follows the endpoints late, and leaves established connections where they are', async () => {
    const first = await open(proxy.port);
    setEndpoints(['127.0.3.3']);
    expect(await hostOf(proxy.port), 'not yet').to.not.equal('127.0.3.3');
    await eventually(
      'new connections go to the new endpoint',
      async () => (await hostOf(proxy.port)) === '127.0.3.3',
    );
    first.socket.write('still here');
    await eventually('the old connection answers', () => first.text().includes('still here'));
    first.socket.destroy();
  });

  it('resets the client of a backend that refuses', async () => {
    servers[0]?.close();
    servers[1]?.close();
    const code = await new Promise<string>((resolve) => {
      const socket = connect(proxy.port, '127.0.0.1');
      socket.on('error', (error: NodeJS.ErrnoException) => {
        resolve(error.code ?? '');
      });
      socket.on('end', () => {
        resolve('ended in order');
      });
    });
    expect(code).to.equal('ECONNRESET');
  });

  it('uses endpoints that terminate only when no other is left', () => {
    const made = (ready: readonly string[], terminating: readonly string[]) =>
      backendsOf([
        store.create('endpointslices', {
          ...slice(ready, terminating),
          metadata: { generateName: 'x-' },
        }),
      ]);
    expect(made(['127.0.3.1'], ['127.0.3.2']).map(({ host }) => host)).to.deep.equal(['127.0.3.1']);
    expect(made([], ['127.0.3.2']).map(({ host }) => host)).to.deep.equal(['127.0.3.2']);
  });
});

async function open(
  port: number,
): Promise<{ readonly socket: Socket; readonly text: () => string }> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.setEncoding('utf8');
  socket.on('data', (part: string) => {
    text += part;
  });
  await eventually('the backend says who it is', () => text.includes('\n'));
  return { socket, text: () => text };
}

async function hostOf(port: number): Promise<string> {
  const { socket, text } = await open(port);
  socket.destroy();
  return text().trim();
}
