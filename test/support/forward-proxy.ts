import { once } from "node:events";
import { createServer, request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { type AddressInfo, connect } from "node:net";

/** A proxy as companies have them, which finds every host at 127.0.0.1. */
export interface ForwardProxy {
  /** For HTTP_PROXY and HTTPS_PROXY. */
  readonly url: string;
  readonly requests: readonly { readonly line: string; readonly headers: IncomingHttpHeaders }[];
  close(): Promise<void>;
}

export async function createForwardProxy(host = "127.0.0.1"): Promise<ForwardProxy> {
  const requests: { line: string; headers: IncomingHttpHeaders }[] = [];
  const server = createServer((incoming, outgoing) => {
    const { method = "", url = "", headers } = incoming;
    requests.push({ line: `${method} ${url}`, headers: { ...headers } });
    const { port, pathname, search } = new URL(url);
    delete headers["proxy-authorization"];
    const upstream = httpRequest(
      { host: "127.0.0.1", port, path: pathname + search, method, headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    upstream.on("error", () => outgoing.destroy());
    incoming.pipe(upstream);
  });
  server.on("connect", ({ url = "", headers }, client) => {
    requests.push({ line: `CONNECT ${url}`, headers });
    const upstream = connect(Number(url.split(":").at(-1)), "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      client.pipe(upstream).pipe(client);
    });
    client.on("error", () => upstream.destroy());
    upstream.on("error", () => client.destroy());
  });
  server.listen(0, host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
    requests,
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
