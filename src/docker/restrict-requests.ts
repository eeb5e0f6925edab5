import http, { type IncomingMessage } from "node:http";
import type { RequestOptions } from "node:https";
import { addAbortSignal } from "node:stream";
import type Docker from "dockerode";

const MAX_REDIRECTS = 3;

/** More than 10,000 containers with long labels take. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const MAX_ERROR_BYTES = 64 * 1024;
/** For the requests that dockerode gives no signal to. */
const TIMEOUT_MS = 15_000;

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
 * Makes a client send nothing but GET, and nothing to anyone but its engine.
 *
 * docker-modem (5.0) follows a redirect to whatever address it names, forgets the unix socket on the way, and
 * ends the process when nobody listens there. Here a redirect is asked again at the same engine, as Podman means
 * it, or else is the answer.
 */
export async function restrictRequests(docker: Docker): Promise<Docker> {
  const modem = docker.modem as unknown as Modem;
  // TLS takes megabytes: it is loaded for an engine that speaks it.
  const isTls = modem.protocol === "https";
  const { get } = isTls ? await import("node:https") : http;
  // Where it is not given Node works out a name for TLS, also where there is none.
  const noName = isTls ? {} : { servername: "" };
  modem.buildRequest = (options, call, _body, done) => {
    let hops = 0;
    const signal = options.signal ?? (call.isStream ? undefined : AbortSignal.timeout(TIMEOUT_MS));
    const send = (path: string) => {
      get({ ...options, ...noName, ...(signal && { signal }), method: "GET", path }, (response) => {
        const next = redirectWithin(options, modem.protocol, response);
        if (next !== undefined && hops++ < MAX_REDIRECTS) {
          response.resume();
          send(next);
        } else
          answerOf(response, call, signal).then(
            (it) => done(null, it),
            (error) => done(error, null),
          );
      }).on("error", (error) => done(error, null));
    };
    send(options.path ?? "/");
  };
  return docker;
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
async function answerOf(
  response: IncomingMessage,
  { isStream, statusCodes }: Call,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const { statusCode = 0 } = response;
  if (statusCodes[statusCode] !== true) {
    const body = await read(response, MAX_ERROR_BYTES, signal);
    throw Object.assign(new Error(body), { statusCode });
  }
  if (isStream) return response;
  const body = await read(response, MAX_ANSWER_BYTES, signal);
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

async function read(
  response: IncomingMessage,
  maxBytes: number,
  signal: AbortSignal | undefined,
): Promise<string> {
  // Node's own signal ends only with the head of the answer.
  if (signal) addAbortSignal(signal, response);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    bytes += (chunk as Buffer).length;
    if (bytes > maxBytes) throw new Error(`the answer is longer than ${maxBytes} bytes`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString("utf8");
}
