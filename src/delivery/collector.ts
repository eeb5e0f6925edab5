import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import got, { type RequestError } from "got";
import type { ProxyEnvironment } from "../config.ts";

export type Answer =
  | { readonly kind: "accepted"; readonly status: number }
  /** The collector, or the way to it, is not well: worth another attempt later. */
  | { readonly kind: "unavailable"; readonly reason: string }
  /** Asking again would give the same answer. */
  | { readonly kind: "refused"; readonly reason: string };

/** Sends one body. Never throws: what went wrong is the answer. */
export type PostReport = (body: string, signal: AbortSignal) => Promise<Answer>;

const TIMEOUT = { lookup: 4_000, connect: 4_000, secureConnect: 4_000, response: 8_000, request: 16_000 };
const MAX_ANSWER_BYTES = 64 * 1024;

export interface Collector {
  readonly post: PostReport;
  /** Why it does not answer, in words; undefined when it answers, whatever it says. Sends nothing but a HEAD. */
  readonly reach: () => Promise<string | undefined>;
}

export function createCollector(url: string, proxyEnv: ProxyEnvironment, userAgent: string): Collector {
  const agentOptions = { proxyEnv, keepAlive: false };
  const request = got.extend({
    headers: { "user-agent": userAgent },
    agent: { http: new HttpAgent(agentOptions), https: new HttpsAgent(agentOptions) },
    timeout: TIMEOUT,
    retry: { limit: 0 },
    followRedirect: false,
    throwHttpErrors: false,
    decompress: false,
  });
  return {
    async post(body, signal) {
      try {
        const sending = request.post(url, { body, headers: { "content-type": "application/json" }, signal });
        sending.on("downloadProgress", ({ transferred }) => {
          if (transferred > MAX_ANSWER_BYTES) sending.cancel("the answer is too long");
        });
        const { statusCode, rawBody } = await sending;
        return judge(statusCode, rawBody.length);
      } catch (error) {
        return { kind: "unavailable", reason: inWords(error as RequestError) };
      }
    },
    reach: () =>
      request.head(url).then(
        () => undefined,
        (error: RequestError) => inWords(error),
      ),
  };
}

/** Too many requests, and what a proxy on the way says rather than the collector: its own sign-in, time-outs. */
const PASSING = [407, 408, 425, 429];

/** What an answer means: 204, or an empty 200, is success; what may pass is tried again; everything else is final. */
export function judge(status: number, bodyBytes: number): Answer {
  if (status === 204 || (status === 200 && bodyBytes === 0)) return { kind: "accepted", status };
  if (PASSING.includes(status) || status >= 500) return { kind: "unavailable", reason: `HTTP ${status}` };
  if (status === 200) return { kind: "refused", reason: "HTTP 200 with a body, which is not its answer" };
  return { kind: "refused", reason: `HTTP ${status}` };
}

const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: "its name is not known (DNS)",
  EAI_AGAIN: "DNS does not answer",
  ECONNREFUSED: "the connection was refused",
  ECONNRESET: "the connection was cut",
  EHOSTUNREACH: "there is no way to it",
  ENETUNREACH: "there is no way to it",
  ETIMEDOUT: "no answer in time",
};

/** Without addresses: an error's own text may name the host. */
function inWords({ name, code }: RequestError): string {
  if (name === "CancelError") return "its answer was too long";
  return REASONS[code] ?? code ?? name;
}
