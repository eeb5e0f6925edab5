import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { whatAndWhere } from "../failure.ts";
import type { Logger } from "../log.ts";
import { answerText, prepare, refuse } from "./answer.ts";
import { exchange, type Fetch, readBody } from "./exchange.ts";

export interface ServerParts {
  readonly basePath: string;
  readonly healthy: () => { readonly healthy: boolean; readonly reason: string };
  /** Loads the page, when somebody asks for it for the first time. */
  readonly load: () => Promise<Fetch>;
  readonly log: Logger;
}

/** What one client may take. A connection serves one request. */
export const LIMITS = {
  connections: 50,
  /** Of the request line with all headers. */
  headBytes: 8 * 1024,
  urlLength: 2_048,
  bodyBytes: 4 * 1024,
  /** For the whole request to arrive. */
  receiveMs: 10_000,
  /** For everything, the answer too. */
  connectionMs: 30_000,
};

const NEVER_MS = 2 ** 31 - 1;

/** An HTTP server that keeps strangers, and the broken and slow among clients, away from the page. */
export function createPageServer(parts: ServerParts, limits = LIMITS): Server {
  const requests = new WeakMap<Socket, IncomingMessage>();
  let page: Promise<Fetch> | undefined;

  async function respond(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { url = "", method = "" } = incoming;
    if (!url.startsWith("/")) return answerText(outgoing, 400, "The request must be for a path.");
    if (url.length > limits.urlLength) return answerText(outgoing, 414, "The address is too long.");
    const target = withoutBase(url, parts.basePath);
    const isHealth = /^\/healthz(\?|$)/.test(target);
    const allowed = isHealth ? ["GET", "HEAD"] : ["GET", "HEAD", "POST"];
    if (!allowed.includes(method)) {
      outgoing.setHeader("Allow", allowed.join(", "));
      return answerText(outgoing, 405, "This is not possible here.");
    }
    if (isHealth) {
      const { healthy, reason } = parts.healthy();
      return answerText(outgoing, healthy ? 200 : 503, `${healthy ? "healthy" : "unhealthy"}: ${reason}`);
    }
    const body = method === "POST" ? await readBody(incoming, limits.bodyBytes) : new Uint8Array();
    if (!body) return answerText(outgoing, 413, "The request is too large.");
    page ??= parts.load();
    await exchange(incoming, target, body, outgoing, await page);
  }

  async function onRequest(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    requests.set(incoming.socket, incoming);
    prepare(outgoing);
    try {
      await respond(incoming, outgoing);
    } catch (error) {
      if (incoming.socket.destroyed) return;
      parts.log.error(`the System Info page failed: ${whatAndWhere(error)}`);
      answerText(outgoing, 500, "Something went wrong. The log says more.");
    }
  }

  // Node would look for slow clients every 30 seconds, also while there are none; each connection has timers instead.
  const server = createServer({
    maxHeaderSize: limits.headBytes,
    requireHostHeader: false,
    connectionsCheckingInterval: NEVER_MS,
  });
  server.maxConnections = limits.connections;
  server.maxRequestsPerSocket = 1;
  server.on("request", onRequest);
  server.on("checkExpectation", onRequest);
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) =>
    refuse(socket, CLIENT_ERRORS[error.code ?? ""] ?? 400),
  );
  server.on("connection", (socket: Socket) => {
    const received = setTimeout(() => {
      if (!requests.get(socket)?.complete) refuse(socket, 408);
    }, limits.receiveMs);
    const served = setTimeout(() => socket.destroy(), limits.connectionMs);
    socket.once("close", () => {
      clearTimeout(received);
      clearTimeout(served);
    });
  });
  return server;
}

const CLIENT_ERRORS: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431 };

/** A reverse proxy may have taken the prefix away, or not. */
function withoutBase(url: string, basePath: string): string {
  const rest = url.startsWith(basePath) ? url.slice(basePath.length) : url;
  if (rest === "" || rest.startsWith("?")) return `/${rest}`;
  return rest.startsWith("/") ? rest : url;
}
