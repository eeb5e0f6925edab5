import { mkdtemp, rm } from "node:fs/promises";
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Stands before an engine's socket, as filtering proxies do, and writes down what is asked. */
export interface EngineProxy {
  /** For DOCKER_HOST. */
  readonly host: string;
  /** Every request so far: "GET /containers/json". */
  readonly requests: string[];
  /** Refuses with 403 where it returns true. */
  refuse: (method: string, path: string) => boolean;
  /** Fields that replace those of the engine's `/info`. */
  info: Record<string, string>;
  close(): Promise<void>;
}

/** @param engine a `unix://` address */
export async function createEngineProxy(engine: string): Promise<EngineProxy> {
  const folder = await mkdtemp(join(tmpdir(), "engine-proxy-"));
  const socket = join(folder, "proxy.sock");
  const proxy: EngineProxy = {
    host: `unix://${socket}`,
    requests: [],
    refuse: () => false,
    info: {},
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      await rm(folder, { recursive: true, force: true });
    },
  };

  const server = createServer((incoming, outgoing) => {
    const method = incoming.method ?? "";
    const [path = ""] = (incoming.url ?? "").split("?");
    proxy.requests.push(`${method} ${path}`);
    if (proxy.refuse(method, path)) outgoing.writeHead(403).end("Forbidden by administrative rules.");
    else forward(incoming, outgoing, path === "/info" ? proxy.info : {});
  });

  function forward(incoming: IncomingMessage, outgoing: ServerResponse, replaced: Record<string, string>) {
    const { method, url: path, headers } = incoming;
    const upstream = httpRequest(
      { socketPath: engine.replace("unix://", ""), method, path, headers },
      async (answer) => {
        if (Object.keys(replaced).length === 0) {
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers).flushHeaders();
          answer.on("error", () => outgoing.destroy()).pipe(outgoing);
          return;
        }
        const chunks: Buffer[] = [];
        for await (const chunk of answer) chunks.push(chunk as Buffer);
        outgoing.end(JSON.stringify({ ...JSON.parse(Buffer.concat(chunks).toString()), ...replaced }));
      },
    );
    upstream.on("error", () => outgoing.destroy());
    outgoing.on("close", () => upstream.destroy());
    incoming.pipe(upstream);
  }

  await new Promise<void>((ready) => server.listen(socket, ready));
  return proxy;
}
