import type { IncomingMessage, ServerResponse } from "node:http";

/** The page's part: it sees whole requests only, never a connection. */
export type Fetch = (request: Request) => Promise<Response>;

/** Hands a request to `fetch`, and its response to the client. HEAD asks as GET does; Node leaves the body out. */
export async function exchange(
  incoming: IncomingMessage,
  target: string,
  body: Uint8Array<ArrayBuffer>,
  outgoing: ServerResponse,
  fetch: Fetch,
): Promise<void> {
  const { method, rawHeaders } = incoming;
  const headers = new Headers();
  for (let i = 0; i < rawHeaders.length; i += 2) headers.append(rawHeaders[i] ?? "", rawHeaders[i + 1] ?? "");
  // The host is looked at as a header only, never as a part of the address.
  const url = `http://localhost${target}`;
  const request = new Request(url, method === "POST" ? { method, headers, body } : { headers });
  const response = await fetch(request);
  outgoing.statusCode = response.status;
  for (const [name, value] of response.headers) outgoing.setHeader(name, value);
  outgoing.end(Buffer.from(await response.arrayBuffer()));
}

/** The whole body, or undefined when there is more than `limit` bytes of it. */
export async function readBody(
  incoming: IncomingMessage,
  limit: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Leaving the loop must not destroy the connection, on which the answer goes.
  for await (const chunk of incoming.iterator({ destroyOnReturn: false })) {
    size += chunk.length;
    if (size > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
