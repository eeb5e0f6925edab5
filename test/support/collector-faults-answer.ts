/** Answers that are HTTP: what each means. */
import { gzipSync } from "node:zlib";
import { type ExpectedAnswer, type Fault, faultOf, head, misdeedsAt, whole } from "./collector-fault.ts";
import { createHostileServer } from "./hostile-server.ts";

const ACCEPTED: ExpectedAnswer = { kind: "accepted" };
const DAY_MS = 24 * 60 * 60_000;
const PORTAL = "<!DOCTYPE html><title>Sign in</title><p>Welcome to the network of the hotel</p>";
const BOMB = gzipSync(Buffer.alloc(50 * 1024 * 1024), { level: 9 });

function answering(name: string, answer: string | (() => string), expected: ExpectedAnswer): Fault {
  const text = typeof answer === "string" ? () => answer : answer;
  return faultOf(name, { answer: (socket) => socket.write(text()) }, expected);
}

const unavailable = (reason: RegExp): ExpectedAnswer => ({ kind: "unavailable", reason });
const refused = (reason: RegExp): ExpectedAnswer => ({ kind: "refused", reason });

const accepted: Fault[] = [
  answering("204", head(204), ACCEPTED),
  answering("204 with a body", whole(204, "ok"), ACCEPTED),
  answering("200 with an empty body", whole(200), ACCEPTED),
  answering(
    "200 with an empty chunked body",
    `${head(200, { "transfer-encoding": "chunked" })}0\r\n\r\n`,
    ACCEPTED,
  ),
  answering("100 Continue before 204", head(100) + head(204), ACCEPTED),
  answering("103 Early Hints before 204", head(103, { link: "</a.css>; rel=preload" }) + head(204), ACCEPTED),
  answering("204, and another answer behind it", head(204) + whole(400, "no"), ACCEPTED),
  answering("204 with 900 headers", head(204, manyHeaders(900)), ACCEPTED),
];

const notTheCollector: Fault[] = [
  answering(
    "200 with the HTML of a captive portal",
    whole(200, PORTAL),
    unavailable(/^HTTP 200 .*sign-in page/),
  ),
  answering("200 with JSON", whole(200, "{}"), unavailable(/^HTTP 200 .*sign-in page/)),
  ...[201, 202, 205, 206, 299].map((status) =>
    answering(`${status}`, whole(status), unavailable(new RegExp(`^HTTP ${status}, .*sign-in page`))),
  ),
  answering("304", head(304), unavailable(/^HTTP 304, a redirect/)),
  answering(
    "101 Switching Protocols",
    head(101, { connection: "upgrade", upgrade: "websocket" }),
    unavailable(/^HTTP 101, not the collector's answer/),
  ),
  ...[600, 999].map((status) => answering(`${status}`, whole(status), unavailable(/^HTTP \d+$/))),
];

const final: Fault[] = [
  ...[400, 401, 402, 403, 404, 405, 410, 411, 413, 415, 422, 431, 451].map((status) =>
    answering(`${status}`, whole(status), refused(new RegExp(`^HTTP ${status}$`))),
  ),
  answering(
    "400 with a text",
    whole(400, '{"error":\r\n  "\x1b[31midsite\u202e \u2028\u200bis wrong"}\n'),
    refused(/^HTTP 400: \{"error": " \[31midsite is wrong"\}$/),
  ),
  answering("400 with 10000 letters", whole(400, "é".repeat(10_000)), refused(/^HTTP 400: é{200}$/)),
  answering("400 with blanks", whole(400, " \r\n\t ".repeat(30)), refused(/^HTTP 400$/)),
  faultOf(
    "400 in another encoding",
    {
      answer: (socket) =>
        socket.write(`${head(400, { "content-length": 15 })}Requ\xeate refus\xe9e`, "latin1"),
    },
    refused(/^HTTP 400$/),
  ),
  answering("400 with no text", whole(400, "\0\x01\x02text"), refused(/^HTTP 400$/)),
];

const passing: Fault[] = [
  answering("407", whole(407), unavailable(/^HTTP 407, the proxy wants a user name/)),
  ...[408, 425, 429, 500, 501, 502, 503, 504, 507, 599].map((status) =>
    answering(`${status}`, whole(status, PORTAL), unavailable(new RegExp(`^HTTP ${status}$`))),
  ),
];

const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toUTCString();
const retryAfter: Fault[] = (
  [
    [429, "120", [120_000, 120_000]],
    [503, "0", [0, 0]],
    [500, "5", [5_000, 5_000]],
    [302, "5", [5_000, 5_000]],
    [429, () => inSeconds(600), [590_000, 600_000]],
    [503, () => inSeconds(-600), [0, 0]],
    [429, "99999999999999999999999999", [DAY_MS, DAY_MS]],
    [429, "Fri, 31 Dec 9999 23:59:59 GMT", [DAY_MS, DAY_MS]],
    [429, "-5", undefined],
    [429, "1.5", undefined],
    [503, "1e3", undefined],
    [429, "soon", undefined],
    [429, "2026", [2_026_000, 2_026_000]],
    [429, "Mon, 99 Foo 2026 99:99:99 GMT", undefined],
    [429, "", undefined],
  ] as const
).map(([status, value, retryAfterMs]) =>
  answering(
    `${status} with Retry-After ${typeof value === "string" ? value || "empty" : value()}`,
    () => whole(status, "", { "retry-after": typeof value === "string" ? value : value() }),
    { ...unavailable(new RegExp(`^HTTP ${status}`)), ...(retryAfterMs && { retryAfterMs }) },
  ),
);

const compressed: Fault[] = ([200, 400, 503, 204] as const).map((status) =>
  faultOf(
    `a gzip bomb with ${status}`,
    {
      answer(socket) {
        socket.write(head(status, { "content-encoding": "gzip", "content-length": BOMB.length }));
        socket.write(BOMB);
      },
    },
    {
      kind: status === 204 ? "accepted" : status === 400 ? "refused" : "unavailable",
      reason: status === 400 ? /^HTTP 400$/ : new RegExp(`^HTTP ${status}`),
    },
  ),
);

const redirects: Fault[] = [301, 302, 303, 307, 308].flatMap((status) => [
  faultOf(
    `${status} to itself, for ever`,
    { answer: (socket) => socket.write(whole(status, "", { location: "/cleaninsights.php" })) },
    unavailable(new RegExp(`^HTTP ${status}, a redirect, which is not followed`)),
  ),
  {
    name: `${status} to another host`,
    expected: unavailable(new RegExp(`^HTTP ${status}, a redirect, which is not followed`)),
    async open() {
      const other = await createHostileServer({ answer: (socket) => socket.write(head(204)) });
      const location = `http://127.0.0.1:${other.port}/`;
      const server = await createHostileServer({
        answer: (socket) => socket.write(whole(status, "", { location })),
      });
      return {
        url: `http://127.0.0.1:${server.port}/`,
        misdeeds: () => misdeedsAt([server], [other]),
        close: async () => void (await Promise.all([server.close(), other.close()])),
      };
    },
  },
]);

function manyHeaders(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`x-${i}`, "a"]));
}

export const ANSWER_FAULTS: readonly Fault[] = [
  ...accepted,
  ...notTheCollector,
  ...final,
  ...passing,
  ...retryAfter,
  ...compressed,
  ...redirects,
];
