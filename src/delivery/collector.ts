import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import got, { type Got, type Request } from "got";
import type { ProxyEnvironment } from "../config.ts";
import { type Answer, bytesWanted, judge, type Reply } from "./answer.ts";
import { createConnections } from "./connections.ts";
import { inWords } from "./network-error.ts";
import { ownSecrets } from "./own-secrets.ts";

export type { Answer } from "./answer.ts";

/** Sends one body. Never throws: what went wrong is the answer. */
export type PostReport = (body: string, signal: AbortSignal) => Promise<Answer>;

export interface Collector {
  readonly post: PostReport;
  /** Why it does not answer, in words; undefined when it answers, whatever it says. Sends nothing but a HEAD. */
  readonly reach: () => Promise<string | undefined>;
}

export interface CollectorOptions {
  readonly url: string;
  readonly proxyEnv: ProxyEnvironment;
  readonly userAgent: string;
  readonly now: () => Date;
}

interface Sent {
  readonly body?: string;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

const TIMEOUT = { lookup: 4_000, connect: 4_000, secureConnect: 4_000, response: 8_000 };
/** For all of it, however slowly something comes. */
const ATTEMPT_MS = 16_000;

export function createCollector({ url, proxyEnv, userAgent, now }: CollectorOptions): Collector {
  const secrets = ownSecrets(url, proxyEnv);
  const client = createClient(userAgent);

  async function ask(method: "POST" | "HEAD", sent: Sent = {}): Promise<Reply> {
    const connections = createConnections(new URL(url).protocol === "https:", proxyEnv);
    const request = client.stream(url, { ...sent, method, agent: connections.agent });
    // got's own limit for the whole request does not end one that waits for a proxy's tunnel.
    const timer = setTimeout(() => request.destroy(tooLate()), ATTEMPT_MS);
    // Errors reach whoever waits; one that comes when nobody does must not end the process.
    request.on("error", () => {});
    try {
      // A change of protocol (101) is an answer too, though got does not call it one.
      const [{ statusCode = 0, headers }] = await Promise.race<[IncomingMessage]>([
        once(request, "response") as Promise<[IncomingMessage]>,
        once(request, "upgrade") as Promise<[IncomingMessage]>,
      ]);
      const read = await readBody(request, bytesWanted(statusCode));
      return { status: statusCode, retryAfter: headers["retry-after"], ...read };
    } finally {
      clearTimeout(timer);
      request.destroy();
      connections.close();
    }
  }

  return {
    async post(body, signal) {
      try {
        return judge(
          await ask("POST", { body, headers: { "content-type": "application/json" }, signal }),
          now(),
          secrets,
        );
      } catch (error) {
        return { kind: "unavailable", reason: inWords(error) };
      }
    },
    reach: () => ask("HEAD").then(() => undefined, inWords),
  };
}

function createClient(userAgent: string): Got {
  return got.extend({
    headers: { "user-agent": userAgent },
    timeout: TIMEOUT,
    retry: { limit: 0 },
    followRedirect: false,
    throwHttpErrors: false,
    decompress: false,
  });
}

/** Reads until there is enough; the rest is left to the sender. */
async function readBody(request: Request, enough: number): Promise<Pick<Reply, "body" | "broken">> {
  if (enough === 0) return { body: Buffer.alloc(0) };
  const chunks: Buffer[] = [];
  let bytes = 0;
  let broken: string | undefined;
  try {
    for await (const chunk of request) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= enough) break;
    }
  } catch (error) {
    broken = inWords(error);
  }
  return { body: Buffer.concat(chunks), broken };
}

function tooLate(): Error {
  return Object.assign(new Error("the time is up"), { code: "ETIMEDOUT" });
}
