/** What goes wrong at a proxy. */
import type { Socket } from "node:net";
import { type ExpectedAnswer, type Fault, head, misdeedsAt, whole } from "./collector-fault.ts";
import { createHostileServer, drip, flood, type HostileServerOptions } from "./hostile-server.ts";

const unavailable = (reason: RegExp, withinMs = 6_000): ExpectedAnswer => ({
  kind: "unavailable",
  reason,
  withinMs,
});
const noWay = unavailable(/^the proxy gave no way through in time$/, 20_000);
const cut = unavailable(/^the proxy cut the connection$/);
const inPieces = unavailable(/^the answer of the proxy comes in too many pieces$/);
const ESTABLISHED = "HTTP/1.1 200 Connection established\r\n\r\n";

function behind(
  name: string,
  scheme: "http" | "https",
  options: HostileServerOptions,
  expected: ExpectedAnswer,
): Fault {
  return {
    name: `a proxy (${scheme === "https" ? "CONNECT" : "HTTP"}) ${name}`,
    expected,
    async open() {
      const proxy = await createHostileServer(options);
      return {
        url: `${scheme}://collector.invalid/cleaninsights.php`,
        env: { [`${scheme.toUpperCase()}_PROXY`]: `http://127.0.0.1:${proxy.port}` },
        misdeeds: () => misdeedsAt([proxy]),
        close: proxy.close,
      };
    },
  };
}

type Row = [name: string, answer: (socket: Socket) => unknown, expected: ExpectedAnswer];

const tunnels: Row[] = [
  [
    "that wants a password",
    (socket) => socket.write(whole(407, "sign in")),
    unavailable(/^the proxy wants a user name and a password \(HTTP 407\)$/),
  ],
  [
    "that wants a password, and hangs up",
    (socket) => socket.end(whole(407, "sign in")),
    unavailable(/^the proxy wants a user name/),
  ],
  [
    "that forbids it",
    (socket) => socket.write(whole(403)),
    unavailable(/^the proxy did not let it through \(HTTP 403\)$/),
  ],
  [
    "that cannot reach it",
    (socket) => socket.write(whole(502)),
    unavailable(/^the proxy did not let it through \(HTTP 502\)$/),
  ],
  ["that never answers", () => {}, noWay],
  ["that drips", (socket) => drip(socket, [...head(200, { server: "a".repeat(500) })]), inPieces],
  [
    "with 100 MB of headers",
    (socket) => {
      socket.write("HTTP/1.1 200 Connection established\r\n");
      flood(socket, 100 * 1024 * 1024, Buffer.from("x-more: and more and more\r\n".repeat(2_000)));
    },
    inPieces,
  ],
  ["that hangs up", (socket) => socket.end(), cut],
  ["that resets", (socket) => socket.resetAndDestroy(), unavailable(/^the connection was cut$/)],
  ["that talks garbage", (socket) => socket.end("garbage\r\n\r\n"), cut],
  ["that opens a tunnel to nothing", (socket) => socket.write(ESTABLISHED), noWay],
  [
    "that cuts its tunnel",
    (socket) => socket.write(ESTABLISHED, () => setTimeout(() => socket.resetAndDestroy(), 50)),
    unavailable(/^the connection was cut$/),
  ],
  [
    "that opens a tunnel to no TLS",
    (socket) => socket.write(ESTABLISHED, () => setTimeout(() => socket.write(head(204)), 50)),
    unavailable(/TLS/),
  ],
];

const forwards: Row[] = [
  [
    "that wants a password",
    (socket) => socket.write(whole(407, "sign in")),
    unavailable(/^HTTP 407, the proxy wants a user name/),
  ],
  ["that cannot reach it", (socket) => socket.write(whole(502)), unavailable(/^HTTP 502$/)],
  ["that never answers", () => {}, unavailable(/^no answer in time$/, 12_000)],
];

export const PROXY_FAULTS: readonly Fault[] = [
  ...tunnels.map(([name, answer, expected]) => behind(name, "https", { answer }, expected)),
  ...forwards.map(([name, answer, expected]) => behind(name, "http", { answer }, expected)),
];
