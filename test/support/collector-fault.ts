import { setTimeout as sleep } from "node:timers/promises";
import type { Answer } from "../../src/delivery/collector.ts";
import { createHostileServer, type HostileServer, type HostileServerOptions } from "./hostile-server.ts";

/** One thing that goes wrong between the sidecar and the collector, and what has to come of it. */
export interface Fault {
  readonly name: string;
  readonly expected: ExpectedAnswer;
  open(): Promise<OpenFault>;
}

export interface ExpectedAnswer {
  readonly kind: Answer["kind"];
  /** Of all that is not accepted. */
  readonly reason?: RegExp;
  /** From and to; without it there must be none. */
  readonly retryAfterMs?: readonly [number, number];
  /** How long the attempt may take; 6 s where it is left out. */
  readonly withinMs?: number;
}

export interface OpenFault {
  /** For COLLECTOR_URL. */
  readonly url: string;
  /** Further variables of the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** After the attempt: what was done that must not be. */
  misdeeds(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Several times what the kernel's buffers hold of an answer that nobody reads. */
const UNREAD_BYTES = 30 * 1024 * 1024;

/** How the servers of a fault were treated: asked once and left at once, but for those that must not be asked at all. */
export async function misdeedsAt(
  servers: readonly HostileServer[],
  strangers: readonly HostileServer[] = [],
): Promise<readonly string[]> {
  const deadline = Date.now() + 2_000;
  while (servers.some((it) => it.open() > 0) && Date.now() < deadline) await sleep(20);
  return [
    ...servers.flatMap((it) => [
      it.open() > 0 ? "a connection is still open" : [],
      it.accepted() > 1 ? `${it.accepted()} connections were made` : [],
      it.sentBytes() > UNREAD_BYTES ? `${it.sentBytes()} bytes were read` : [],
    ]),
    ...strangers.map((it) => (it.accepted() > 0 ? "another host was contacted" : [])),
  ].flat();
}

/** A fault of one server that speaks HTTP, or something like it, at 127.0.0.1. */
export function faultOf(name: string, options: HostileServerOptions, expected: ExpectedAnswer): Fault {
  return {
    name,
    expected,
    async open() {
      const server = await createHostileServer(options);
      return {
        url: `http://127.0.0.1:${server.port}/cleaninsights.php`,
        misdeeds: () => misdeedsAt([server]),
        close: server.close,
      };
    },
  };
}

/** A whole answer, as bytes; the connection stays open after it, as with a server that keeps connections. */
export function head(
  status: number | string,
  headers: Readonly<Record<string, string | number>> = {},
): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} Some Phrase\r\n${lines.join("")}\r\n`;
}

export function whole(
  status: number,
  body = "",
  headers: Readonly<Record<string, string | number>> = {},
): string {
  return head(status, { ...headers, "content-length": Buffer.byteLength(body) }) + body;
}
