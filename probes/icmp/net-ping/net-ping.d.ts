/**
 * The part of net-ping 1.2.4 (and of raw-socket 1.8.1 below it) that this probe uses. Both are CommonJS without types.
 * What is written here was read in their sources, `wrap` included: it is the native socket under the JavaScript one.
 */
declare module 'net-ping' {
  export type SessionOptions = {
    readonly networkProtocol: number;
    readonly packetSize: number;
    readonly retries: number;
    /** 1 to 65534: 0 would be replaced by the pid, 65535 by 0. */
    readonly sessionId: number;
  };

  export type NativeSocket = {
    /** One message, at once; throws an Error whose message is strerror(errno), also when none is waiting. */
    readonly recv: (
      into: Buffer,
      take: (buffer: Buffer, length: number, source: string) => void,
    ) => void;
    /** At once; throws an Error whose message is strerror(errno). */
    readonly send: (
      buffer: Buffer,
      offset: number,
      length: number,
      address: string,
      sent: (bytes: number) => void,
    ) => void;
    readonly setOption: (
      level: number,
      option: number,
      value: number | Buffer,
      length?: number,
    ) => void;
    readonly on: (
      event: 'recvReady' | 'error' | 'close',
      listener: (error?: Error) => void,
    ) => void;
    readonly removeAllListeners: () => void;
  };

  export type Session = {
    readonly getSocket: () => { readonly wrap: NativeSocket };
    /** An echo request with this sequence number; the payload is zeros. */
    readonly toBuffer: (request: { readonly id: number }) => Buffer;
    readonly close: () => void;
  };

  export type NetPing = {
    readonly NetworkProtocol: { readonly IPv4: number; readonly IPv6: number };
    /** Throws an Error whose message is strerror(errno) when the raw socket cannot be opened. */
    readonly createSession: (options: SessionOptions) => Session;
  };
  const netPing: NetPing;
  export default netPing;
}
