/** Calls `handle` for SIGINT and SIGTERM until the returned function is called. */
export function onTermination(handle: (signal: 'SIGINT' | 'SIGTERM') => void): () => void {
  const interrupt = () => {
    handle('SIGINT');
  };
  const terminate = () => {
    handle('SIGTERM');
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', terminate);
  return () => {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', terminate);
  };
}

/** Ends this process now; nothing else runs. */
export function exitNow(code: number): never {
  process.exit(code);
}

/** Hands what nobody caught to `handle`. Without it Node ends with exit code 1, which here says that an objective failed. */
export function onUncaught(handle: (error: Error) => void): void {
  process.on('uncaughtException', handle);
}
