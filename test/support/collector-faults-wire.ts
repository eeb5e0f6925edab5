/** What goes wrong on the way, and answers that are no HTTP or never end. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type ExpectedAnswer, type Fault, faultOf, head, whole } from "./collector-fault.ts";
import { createHostileServer, drip, flood } from "./hostile-server.ts";

const HUNDRED_MB = 100 * 1024 * 1024;
const LONG = { "content-length": HUNDRED_MB };

const unavailable = (reason: RegExp, withinMs?: number): ExpectedAnswer => ({
  kind: "unavailable",
  reason,
  ...(withinMs && { withinMs }),
});
const cut = unavailable(/^the connection was cut$/);
const cutAfter200 = unavailable(/^HTTP 200, then the connection was cut$/);
const notHttp = unavailable(/^the answer is not HTTP$/);
const noAnswer = unavailable(/^no answer in time$/, 12_000);
const tooLong = unavailable(/^the headers of the answer are too long$/);

type Row = [name: string, answer: (socket: Socket) => unknown, expected: ExpectedAnswer];

/** Lets what was written go out first. */
const thenReset = (socket: Socket, written: string) =>
  socket.write(written, () => setTimeout(() => socket.resetAndDestroy(), 50));

const broken: Row[] = [
  ["reset instead of an answer", (socket) => socket.resetAndDestroy(), cut],
  ["closed instead of an answer", (socket) => socket.end(), cut],
  ["reset in the status line", (socket) => thenReset(socket, "HTTP/1.1 20"), cut],
  ["closed in the headers", (socket) => socket.end("HTTP/1.1 204 No Content\r\nServer: a"), cut],
  ["reset before the body of 200", (socket) => thenReset(socket, head(200, LONG)), cutAfter200],
  ["half an answer with 200", (socket) => socket.end(head(200, LONG)), cutAfter200],
  [
    "half an answer with 400",
    (socket) => socket.end(`${head(400, LONG)}half`),
    { kind: "refused", reason: /^HTTP 400: half$/ },
  ],
  [
    "400 that ends within a character",
    (socket) => socket.end(`${head(400, LONG)}caf\xc3`, "latin1"),
    { kind: "refused", reason: /^HTTP 400: caf$/ },
  ],
  ["half an answer with 503", (socket) => socket.end(`${head(503, LONG)}half`), unavailable(/^HTTP 503$/)],
  ["half an answer with 204", (socket) => socket.end(head(204, LONG)), { kind: "accepted" }],
];

const silent: Row[] = [
  ["a black hole that never answers", () => {}, noAnswer],
  ["headers that drip", (socket) => drip(socket, [...head(204, { server: "a".repeat(500) })]), noAnswer],
  ["103 Early Hints without end", (socket) => drip(socket, [head(103)]), noAnswer],
  [
    "200 whose body never begins",
    (socket) => socket.write(head(200, LONG)),
    unavailable(/^HTTP 200, then no complete answer in time$/, 20_000),
  ],
  [
    "200 whose body drips",
    (socket) => drip(socket, [head(200, LONG), ..."not the collector"]),
    unavailable(/^HTTP 200 .*sign-in page/),
  ],
  [
    "400 whose body drips",
    (socket) => drip(socket, [head(400, LONG), ..."no".repeat(500)]),
    { kind: "refused", reason: /^HTTP 400: (no)+n?$/, withinMs: 20_000 },
  ],
  [
    "503 whose body drips",
    (socket) => drip(socket, [head(503, LONG), ..."no".repeat(500)]),
    unavailable(/^HTTP 503$/),
  ],
];

const endless: Row[] = [
  ...([200, 400, 503, 204] as const).map(
    (status): Row => [
      `100 MB with ${status}`,
      (socket) => {
        socket.write(head(status, LONG));
        flood(socket, HUNDRED_MB);
      },
      {
        kind: status === 204 ? "accepted" : status === 400 ? "refused" : "unavailable",
        reason: status === 400 ? /^HTTP 400: (a ){99}a$/ : new RegExp(`^HTTP ${status}`),
      },
    ],
  ),
  [
    "100 MB of headers",
    (socket) => {
      socket.write("HTTP/1.1 204 No Content\r\n");
      flood(socket, HUNDRED_MB, Buffer.from("x-more: and more and more\r\n".repeat(2_000)));
    },
    tooLong,
  ],
  [
    "a header of 100 MB",
    (socket) => {
      socket.write("HTTP/1.1 204 No Content\r\nx-long: ");
      flood(socket, HUNDRED_MB);
    },
    tooLong,
  ],
  [
    "100 MB of trailers",
    (socket) => {
      socket.write(`${head(200, { "transfer-encoding": "chunked" })}0\r\n`);
      flood(socket, HUNDRED_MB, Buffer.from("x-more: and more and more\r\n".repeat(2_000)));
    },
    unavailable(/^HTTP 200, then the headers of the answer are too long$/),
  ],
];

const garbage: Row[] = [
  ["garbage bytes", (socket) => socket.write(Buffer.from([0x80, 0xff, 0x00, 0x0a, 0x16, 0x03])), notHttp],
  ["HTTP/0.9: only a text", (socket) => socket.end("hello\n"), notHttp],
  ["HTTP/2", (socket) => socket.write(Buffer.from("000012040000000000", "hex")), notHttp],
  ["a status that is none", (socket) => socket.write(head("2o4")), notHttp],
  ["a NUL in a header", (socket) => socket.write(head(204, { "x-a": "a\0b" })), notHttp],
  [
    "two lengths",
    (socket) => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n"),
    notHttp,
  ],
  [
    "a length and chunks",
    (socket) =>
      socket.write(`${head(200, { "content-length": 0, "transfer-encoding": "chunked" })}0\r\n\r\n`),
    notHttp,
  ],
  [
    "200 with a chunk that is none",
    (socket) => socket.write(`${head(200, { "transfer-encoding": "chunked" })}zz\r\n`),
    unavailable(/^HTTP 200, then the answer is not HTTP$/),
  ],
];

const others: Fault[] = [
  faultOf("reset as soon as it is connected", { greet: (socket) => socket.resetAndDestroy() }, cut),
  faultOf(
    "another protocol that speaks first (SSH)",
    { greet: (socket) => socket.write("SSH-2.0-OpenSSH_9.2\r\n") },
    notHttp,
  ),
  faultOf(
    "204 before the request is there",
    { greet: (socket) => socket.write(whole(204)) },
    { kind: "accepted" },
  ),
  {
    name: "nobody listens",
    expected: unavailable(/^the connection was refused$/),
    async open() {
      const { port, close } = await createHostileServer({});
      await close();
      return { url: `http://127.0.0.1:${port}/`, misdeeds: async () => [], close: async () => {} };
    },
  },
  {
    name: "a name that DNS does not know",
    expected: unavailable(/DNS/, 8_000),
    open: async () => ({
      url: "https://collector.invalid/",
      misdeeds: async () => [],
      close: async () => {},
    }),
  },
  {
    name: "packets vanish on the way",
    expected: unavailable(/^no connection in time/, 8_000),
    open: openVanishing,
  },
];

/** A stopped process whose queue of connections is full: the kernel then answers no further one. */
async function openVanishing() {
  const script = `const server = require("node:net").createServer();
    server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => console.log(server.address().port));`;
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "ignore"] });
  const [line] = await once(child.stdout, "data");
  child.kill("SIGSTOP");
  const port = Number(line);
  const fillers = Array.from({ length: 8 }, () => connect(port, "127.0.0.1").on("error", () => {}));
  await once(fillers[0] as Socket, "connect");
  return {
    url: `http://127.0.0.1:${port}/`,
    misdeeds: async () => [],
    async close() {
      for (const filler of fillers) filler.destroy();
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

export const WIRE_FAULTS: readonly Fault[] = [
  ...[...broken, ...silent, ...endless, ...garbage].map(([name, answer, expected]) =>
    faultOf(name, { answer }, expected),
  ),
  ...others,
];
