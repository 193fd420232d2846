import { programHost } from '../../platform/program.ts';
import { after } from '../../platform/timers.ts';
import { serveKeystone } from './keystone-server.ts';

/**
 * One Keystone replica, as a pod runs it. What it is told by its environment:
 * POD_IP, PORT, IMAGE; TOKEN_KEY, ADMIN_PASSWORD, PUBLIC_URL; STARTUP_SECONDS before it listens; DRAIN_SECONDS from
 * SIGTERM to its end, in which it still answers and sends its clients away; NEVER_READY.
 */
const host = programHost();
const { env } = host;
const seconds = (name: string) => Number(env[name] ?? '0') * 1000;

const replica = serveKeystone({
  host: env['POD_IP'] ?? '127.0.0.1',
  port: Number(env['PORT'] ?? '5000'),
  release: (env['IMAGE'] ?? '').split(':')[1] ?? '',
  tokenKey: env['TOKEN_KEY'] ?? '',
  password: env['ADMIN_PASSWORD'] ?? '',
  publicUrl: env['PUBLIC_URL'] ?? '',
  neverReady: env['NEVER_READY'] === '1',
});

after(seconds('STARTUP_SECONDS'), replica.listen);

host.onTerminate(() => {
  const drainMs = seconds('DRAIN_SECONDS');
  if (drainMs === 0) {
    host.exit(0);
    return;
  }
  replica.drain(drainMs, () => {
    host.exit(0);
  });
});
