import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface ReceivedEvent {
  readonly category: string;
  readonly action: string;
  readonly name: string;
  readonly period_start: number;
}

/** A collector on this machine that keeps what it received. */
export interface FakeCollector {
  readonly url: string;
  /** The bodies of the accepted and refused requests alike, as they came. */
  readonly bodies: string[];
  /** Every request so far, with its headers. */
  readonly requests: { readonly method: string; readonly headers: Record<string, unknown> }[];
  /** How the next requests are answered; `hang` never answers. */
  answer:
    | { readonly status: number; readonly body?: string; readonly headers?: Record<string, string> }
    | "hang";
  /** The category of each body received, which must be the same in all its events. */
  categories(): string[];
  close(): Promise<void>;
}

export async function createFakeCollector(port = 0): Promise<FakeCollector> {
  const collector: FakeCollector = {
    url: "",
    bodies: [],
    requests: [],
    answer: { status: 204 },
    categories: () => collector.bodies.map(categoryOf),
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    collector.requests.push({ method: request.method ?? "", headers: request.headers });
    collector.bodies.push(Buffer.concat(chunks).toString());
    const { answer } = collector;
    if (answer !== "hang") response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  await new Promise<void>((ready) => server.listen(port, "127.0.0.1", ready));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/cleaninsights.php`;
  return Object.assign(collector, { url });
}

export function eventsOf(body: string): ReceivedEvent[] {
  return (JSON.parse(body) as { events: ReceivedEvent[] }).events;
}

function categoryOf(body: string): string {
  return [...new Set(eventsOf(body).map((it) => it.category))].join(" and ");
}
