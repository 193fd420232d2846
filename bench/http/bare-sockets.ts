/**
 * The least that a program on Node can spend on requests that are spread over the second: it writes a fixed text to a socket and takes whatever comes for the answer. It parses
 * nothing, checks nothing, times nothing and has no deadline. argv: URL, requests a second, seconds, and `fresh` for new connections.
 */

import { connect, type Socket } from 'node:net';

const [address = '', perSecond = '', seconds = '', fresh] = process.argv.slice(2);
const { hostname: host, port, pathname } = new URL(address);
const kept = fresh !== 'fresh';
const request = `GET ${pathname} HTTP/1.1\r\nhost: ${host}\r\nuser-agent: bare\r\n${kept ? '' : 'connection: close\r\n'}\r\n`;
const idle: Socket[] = [];

function open(): Socket {
  const socket = connect(Number(port), host);
  socket.setNoDelay(true);
  socket.on('data', () => {
    if (kept) idle.push(socket);
    else socket.destroy();
  });
  return socket;
}

const began = performance.now();
let sent = 0;
const wake = () => {
  const elapsed = (performance.now() - began) / 1000;
  if (elapsed > Number(seconds)) process.exit(0);
  for (; sent < elapsed * Number(perSecond); sent++) (idle.pop() ?? open()).write(request);
  setTimeout(wake, 1);
};
wake();
