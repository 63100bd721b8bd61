// The part of the package raw-socket that regent uses.

declare module 'raw-socket' {
  /** The native socket: its calls are synchronous and throw an Error whose message is strerror's text. */
  export type SocketWrap = {
    send(bytes: Buffer, offset: number, length: number, address: string, done: (sent: number) => void): void;
    recv(buffer: Buffer, done: (buffer: Buffer, length: number, source: string) => void): void;
  };

  export type Socket = {
    readonly wrap: SocketWrap;
    on(event: 'message', listener: (bytes: Buffer, source: string) => void): void;
    on(event: 'error', listener: (error: Error) => void): void;
    on(event: 'close', listener: () => void): void;
    setOption(level: number, option: number, value: Buffer, length: number): void;
    close(): void;
  };

  export const createSocket: (options: { protocol: number; addressFamily: number; bufferSize: number }) => Socket;
  export const AddressFamily: { readonly IPv4: number; readonly IPv6: number };
}
