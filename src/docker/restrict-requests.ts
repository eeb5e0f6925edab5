import http, { type ClientRequest, type IncomingMessage } from "node:http";
import https, { type RequestOptions } from "node:https";
import { addAbortSignal } from "node:stream";
import type Docker from "dockerode";

const MAX_REDIRECTS = 3;

/** What we use of docker-modem's inside; its types keep that private. */
interface Modem {
  readonly protocol: "http" | "https";
  buildRequest: (options: RequestOptions, call: Call, body: unknown, done: Done) => void;
  readonly buildPayload: (
    error: null,
    isStream: boolean,
    statusCodes: object,
    openStdin: false,
    request: ClientRequest,
    response: IncomingMessage,
    json: unknown,
    done: Done,
  ) => void;
}

interface Call {
  readonly isStream: boolean;
  readonly statusCodes: object;
}

type Done = (error: unknown, answer: unknown) => void;

/**
 * Makes a client send nothing but GET, and nothing to anyone but its engine.
 *
 * docker-modem (5.0) follows a redirect to whatever address it names, forgets the unix socket on the way, and
 * ends the process when nobody listens there. Here a redirect is asked again at the same engine, as Podman means
 * it, or else is the answer.
 */
export function restrictRequests(docker: Docker): Docker {
  const modem = docker.modem as unknown as Modem;
  modem.buildRequest = (options, call, _body, done) => {
    let hops = 0;
    const send = (path: string) => {
      const request = (modem.protocol === "https" ? https : http)
        .get({ ...options, method: "GET", path }, async (response) => {
          const next = redirectWithin(options, modem.protocol, response);
          if (next !== undefined && hops++ < MAX_REDIRECTS) {
            response.resume();
            send(next);
            return;
          }
          try {
            const json = call.isStream ? null : await read(response, options.signal);
            modem.buildPayload(null, call.isStream, call.statusCodes, false, request, response, json, done);
          } catch (error) {
            done(error, null);
          }
        })
        .on("error", (error) => done(error, null));
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

/** JSON, or else the text of a page that some proxy made. */
async function read(response: IncomingMessage, signal: AbortSignal | undefined): Promise<unknown> {
  // Node's own signal ends only with the head of the answer.
  if (signal) addAbortSignal(signal, response);
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString("utf8");
  try {
    return JSON.parse(body) ?? body;
  } catch {
    return body;
  }
}
