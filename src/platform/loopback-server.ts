import { type AddressInfo, createServer, type Socket } from 'node:net';

export type LoopbackServer = { readonly origin: string; readonly close: () => void };

const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}';

/** An HTTP server of this process, on a free port of 127.0.0.1, that gives every small request without a body the same answer. Rejects where it may not listen. */
export async function startLoopbackServer(): Promise<LoopbackServer> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('data', (request) => {
      if (/^connection: close\r$/im.test(request.toString('latin1'))) socket.end(ANSWER);
      else socket.write(ANSWER);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      open.delete(socket);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${String(port)}`,
    close: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}
