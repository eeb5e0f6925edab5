import http, { type ClientRequest, type IncomingMessage } from "node:http";
import type { RequestOptions } from "node:https";
import type Docker from "dockerode";
import { collect } from "./collect.ts";

const MAX_REDIRECTS = 3;

/** More than 10,000 containers with long labels take. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const MAX_ERROR_BYTES = 64 * 1024;
/** For a request and all of its answer. */
const TIMEOUT_MS = 10_000;

/** What we use of docker-modem's inside; its types keep that private. */
interface Modem {
  readonly protocol: "http" | "https";
  buildRequest: (options: RequestOptions, call: Call, body: unknown, done: Done) => void;
}

interface Call {
  readonly isStream: boolean;
  readonly statusCodes: Readonly<Record<number, unknown>>;
}

type Done = (error: unknown, answer: unknown) => void;

/**
 * Makes a client send nothing but GET, and nothing to anyone but its engine. A request is given up when `stop` ends, and
 * after a time, unless it brings a signal of its own: that of events, which may go on for ever.
 *
 * docker-modem (5.0) follows a redirect to whatever address it names, forgets the unix socket on the way, and
 * ends the process when nobody listens there. Here a redirect is asked again at the same engine, as Podman means
 * it, or else is the answer.
 */
export async function restrictRequests(docker: Docker, stop?: AbortSignal): Promise<Docker> {
  const modem = docker.modem as unknown as Modem;
  // TLS takes megabytes: it is loaded for an engine that speaks it.
  const isTls = modem.protocol === "https";
  const { get } = isTls ? await import("node:https") : http;
  // Where it is not given Node works out a name for TLS, also where there is none.
  const noName = isTls ? {} : { servername: "" };
  const underWay = new Set<(reason: Error) => void>();
  stop?.addEventListener("abort", () => {
    for (const giveUp of underWay) giveUp(stop.reason);
  });

  modem.buildRequest = (options, call, _body, done) => {
    let hops = 0;
    let current: ClientRequest | IncomingMessage | undefined;
    let given: Error | undefined;
    const giveUp = (reason: Error) => {
      given = reason;
      current?.destroy(reason);
    };
    const timer = options.signal ? undefined : setTimeout(() => giveUp(tooLate()), TIMEOUT_MS);
    underWay.add(giveUp);
    const end = () => {
      clearTimeout(timer);
      underWay.delete(giveUp);
    };
    const fail = (error: unknown) => {
      end();
      done(given ?? error, null);
    };
    const send = (path: string) => {
      current = get({ ...options, ...noName, method: "GET", path }, (response) => {
        const next = redirectWithin(options, modem.protocol, response);
        if (next !== undefined && hops++ < MAX_REDIRECTS) {
          response.resume();
          send(next);
          return;
        }
        current = response.once("close", end);
        answerOf(response, call).then((it) => done(null, it), fail);
      }).on("error", fail);
    };
    send(options.path ?? "/");
  };
  return docker;
}

function tooLate(): Error {
  return Object.assign(new Error("the time is up"), { name: "TimeoutError" });
}

/** The path that a redirect leads to; undefined when it leads away, and for every other answer. */
function redirectWithin(
  { hostname, port, socketPath }: RequestOptions,
  protocol: string,
  { statusCode = 0, headers: { location } }: IncomingMessage,
): string | undefined {
  if (statusCode < 300 || statusCode > 399 || location === undefined) return undefined;
  // Behind a socket there is no host, but a request has to name one: this one, says Node.
  const own = URL.parse(`${protocol}://${socketPath ? "localhost" : `${hostname}:${port}`}`);
  const url = URL.parse(location, own?.href);
  return url && url.origin === own?.origin ? url.pathname + url.search : undefined;
}

/** The stream, or what was read of it; an error with its status where that is none of the expected. */
async function answerOf(response: IncomingMessage, { isStream, statusCodes }: Call): Promise<unknown> {
  const { statusCode = 0 } = response;
  if (statusCodes[statusCode] !== true)
    throw Object.assign(new Error(await read(response, MAX_ERROR_BYTES)), { statusCode });
  if (isStream) return response;
  const body = await read(response, MAX_ANSWER_BYTES);
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

async function read(response: IncomingMessage, maxBytes: number): Promise<string> {
  const bytes = await collect(response, maxBytes);
  if (!bytes) throw new Error(`the answer is longer than ${maxBytes} bytes`);
  return bytes.toString("utf8");
}
