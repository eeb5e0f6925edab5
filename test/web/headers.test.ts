import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, describe, test } from "node:test";
import { SCRIPT, STYLE } from "../../src/web/views/assets.ts";
import { type Answer, post, startTestPage, type TestPage } from "./support/test-page.ts";

const started: TestPage[] = [];
after(() => Promise.all(started.map((it) => it.stop())));

const start: typeof startTestPage = async (...args) => {
  const page = await startTestPage(...args);
  started.push(page);
  return page;
};

const sha256 = (text: string) => createHash("sha256").update(text).digest();
describe("the headers", () => {
  const EXPECTED = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    connection: "close",
  };

  test("are on every answer", async () => {
    const page = await start({ setConsent: async () => assert.fail() });
    const cookie = await page.signIn();
    const answers: [status: number, answer: Promise<Answer>][] = [
      [200, page.ask("/", { cookie })],
      [200, page.ask("/reports/7.json", { cookie })],
      [200, page.ask("/healthz")],
      [303, page.ask(`/?token=${page.token}`)],
      [401, page.ask("/")],
      [403, page.ask("/", { headers: { Host: "evil.example" } })],
      [403, post(page, "/consent", { cookie, body: "" })],
      [404, page.ask("/nowhere", { cookie })],
      [405, page.ask("/", { method: "PUT" })],
      [405, page.ask("/consent", { cookie })],
      [413, post(page, "/consent", { cookie, body: "x".repeat(5_000) })],
      [414, page.ask(`/${"x".repeat(3_000)}`)],
      [431, page.ask("/", { headers: { x: "x".repeat(9_000) } })],
      [500, post(page, "/consent", { cookie })],
    ];
    for (const [expected, answer] of answers) {
      const { status, headers } = await answer;
      assert.equal(status, expected);
      assert.deepEqual({ ...headers, ...EXPECTED }, headers, String(status));
      assert.match(
        String(headers["content-security-policy"]),
        /^default-src 'none'; .*base-uri 'none'; .*frame-ancestors 'none'$/,
      );
      assert.match(String(headers["referrer-policy"]), /^(no-referrer|same-origin)$/);
      assert.equal(headers["x-powered-by"], undefined);
    }
  });

  test("are on Node's own answers to what is no request", async () => {
    const page = await start();
    for (const [bytes, status] of [
      ["hello\r\n\r\n", 400],
      ["GET / HTTP/9.9\r\n\r\n", 400],
      ["GET / HTTP/1.1\r\nA b: c\r\n\r\n", 400],
      ["GET / HTTP/1.1\r\nHost: localhost\r\nExpect: wonders\r\n\r\n", 401],
      ["POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400],
      ["OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", 400],
    ] as const) {
      const answer = await page.raw(bytes);
      assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `), bytes);
      for (const [name, value] of Object.entries(EXPECTED))
        assert.ok(
          answer.toLowerCase().includes(`\r\n${name}: ${value.toLowerCase()}\r\n`),
          `${bytes}: ${name}`,
        );
      assert.match(answer, /Content-Security-Policy: default-src 'none'/i);
    }
    assert.equal(await page.raw("CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n"), "");
  });

  test("allow the page's own style and script and nothing else", async () => {
    const page = await start();
    const { headers } = await page.ask("/", { cookie: await page.signIn() });
    assert.equal(
      headers["content-security-policy"],
      [
        "default-src 'none'",
        `style-src 'sha256-${sha256(STYLE).toString("base64")}'`,
        `script-src 'sha256-${sha256(SCRIPT).toString("base64")}'`,
        "img-src data:",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
      ].join("; "),
    );
  });
});
