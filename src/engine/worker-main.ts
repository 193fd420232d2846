import { raisePriority } from '../platform/priority.ts';
import { workerPort } from '../platform/worker.ts';
import { createMeasuringWorker } from './measuring-worker.ts';
import type { ToWorker } from './messages.ts';

/** What a measuring worker runs, as a thread or as a child process. */
raisePriority();
let receive: (message: ToWorker) => void = () => undefined;
const port = await workerPort((message) => {
  receive(message as ToWorker);
});
receive = createMeasuringWorker((message, transfer) => {
  port.post(message, transfer);
});
