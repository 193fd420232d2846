/**
 * autocannon with its requests spread over the second. By itself it sends all that a second may have as fast as they are answered, and rests until the next: many of it, each
 * with one connection and a small part of the rate, begin one after another within a second. argv: URL, requests a second, seconds, and `fresh` for new connections.
 */

import autocannon from 'autocannon';
import { sleep } from '../../src/platform/timers.ts';

const PARTS = 100;
const [url = '', perSecond = '', duration = '', fresh] = process.argv.slice(2);
const began = performance.now();
for (let part = 0; part < PARTS; part++) {
  await sleep(Math.max(0, began + (part * 1000) / PARTS - performance.now()));
  const options = {
    url,
    connections: 1,
    overallRate: Number(perSecond) / PARTS,
    duration: Number(duration),
    ...(fresh === 'fresh' ? { reconnectRate: 1 } : {}),
  };
  autocannon(options, (error) => {
    if (error !== null) throw error;
  });
}
