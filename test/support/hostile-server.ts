import { once } from "node:events";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";

/** A server that says what it wants, whether or not it is HTTP. */
export interface HostileServer {
  readonly port: number;
  /** The heads of the requests so far. */
  readonly requests: readonly string[];
  /** How many connections there were. */
  readonly accepted: () => number;
  /** How many connections are open. */
  readonly open: () => number;
  /** How much it got rid of. */
  readonly sentBytes: () => number;
  close(): Promise<void>;
}

export interface HostileServerOptions {
  /** As soon as there is a connection. */
  readonly greet?: (socket: Socket) => unknown;
  /** When the head of a request is there. */
  readonly answer?: (socket: Socket, head: string) => unknown;
  /** Speaks TLS. */
  readonly tls?: TlsOptions;
  readonly host?: string;
}

export async function createHostileServer(options: HostileServerOptions): Promise<HostileServer> {
  const { greet, answer, tls, host = "127.0.0.1" } = options;
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const server = createTcpServer();
  let accepted = 0;
  let sentBytes = 0;

  const talk = (socket: Socket) => {
    let head = "";
    // The peer may be gone at any time.
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      if (head.includes("\r\n\r\n")) return;
      head += chunk.toString("latin1");
      if (!head.includes("\r\n\r\n")) return;
      requests.push(head.slice(0, head.indexOf("\r\n\r\n")));
      answer?.(socket, head);
    });
    greet?.(socket);
  };
  server.on("connection", (socket) => {
    accepted++;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => {
      sockets.delete(socket);
      sentBytes += socket.bytesWritten;
    });
  });
  const front = tls && createTlsServer(tls, talk).on("tlsClientError", () => {});
  server.on("connection", front ? (socket) => front.emit("connection", socket) : talk);

  server.listen(0, host);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    accepted: () => accepted,
    open: () => sockets.size,
    sentBytes: () => [...sockets].reduce((sum, { bytesWritten }) => sum + bytesWritten, sentBytes),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}

/** Writes the parts one after the other, one at a time, until the peer goes away; then starts again. */
export function drip(socket: Socket, parts: readonly string[], everyMs = 200): void {
  let next = 0;
  const timer = setInterval(() => socket.write(parts[next++ % parts.length] ?? ""), everyMs);
  socket.on("close", () => clearInterval(timer));
}

/** Writes so much, as fast as the peer reads. */
export function flood(socket: Socket, bytes: number, chunk: Buffer = Buffer.alloc(64 * 1024, "a ")): void {
  let left = bytes;
  const go = () => {
    while (left > 0 && !socket.destroyed) {
      left -= chunk.length;
      if (!socket.write(chunk)) return;
    }
  };
  socket.on("drain", go);
  go();
}
