import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Draw } from "./draw.ts";

/** How a request is treated after its body was received. */
export type Mood = "takes it" | "takes it slowly" | "takes it and cuts" | "unavailable" | "refuses" | "hangs";

/** A body that was received, and what became of it. */
export interface Heard {
  readonly body: string;
  /** The number of the process that sent it: each has an address of its own. */
  readonly by: number;
  readonly at: number;
  readonly mood: Mood;
  answeredAt?: number;
}

export interface FlakyCollector {
  readonly heard: Heard[];
  /** Whether it takes everything at once. */
  healthy: boolean;
  urlFor(process: number): string;
  /** Hears of each body, before and after the answer. */
  listener: (process: number, moment: "heard" | "answered") => void;
  close(): Promise<void>;
}

const MOODS: readonly Mood[] = [
  ...Array<Mood>(6).fill("takes it"),
  ...Array<Mood>(3).fill("takes it slowly"),
  "takes it and cuts",
  ...Array<Mood>(4).fill("unavailable"),
  "refuses",
  ...Array<Mood>(2).fill("hangs"),
];
const STATUS = { "takes it": 204, "takes it slowly": 204, unavailable: 503, refuses: 400 } as const;
const SLOWEST_MS = 300;

export async function createFlakyCollector(draw: Draw): Promise<FlakyCollector> {
  const collector: FlakyCollector = {
    heard: [],
    healthy: false,
    urlFor: (process) => `http://127.0.0.1:${port}/${process}`,
    listener: () => {},
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };

  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const by = Number(request.url?.slice(1));
    const mood = collector.healthy ? "takes it" : draw.pick(MOODS);
    const heard: Heard = { body: Buffer.concat(chunks).toString(), by, at: Date.now(), mood };
    collector.heard.push(heard);
    collector.listener(by, "heard");
    if (mood === "hangs") return;
    if (mood === "takes it and cuts") {
      response.destroy();
      return;
    }
    if (mood === "takes it slowly") await new Promise((done) => setTimeout(done, draw.int(0, SLOWEST_MS)));
    response.writeHead(STATUS[mood]).end(() => {
      heard.answeredAt = Date.now();
      collector.listener(by, "answered");
    });
  }

  const server = createServer((request, response) => {
    // Who is killed while sending cuts the connection.
    receive(request, response).catch(() => {});
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address() as AddressInfo;
  return collector;
}

/** Whether the collector has counted it, whatever the sender learned of that. */
export function isCounted({ mood }: Heard): boolean {
  return mood.startsWith("takes it");
}
