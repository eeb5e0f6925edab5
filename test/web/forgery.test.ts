import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Ask, csrfOf, originOf, post, startTestPage, type TestPage } from "./support/test-page.ts";

const started: TestPage[] = [];
after(() => Promise.all(started.map((it) => it.stop())));

const start: typeof startTestPage = async (...args) => {
  const page = await startTestPage(...args);
  started.push(page);
  return page;
};

describe("a form", () => {
  test("changes the consent, and the next page says so, once", async () => {
    const page = await start();
    const cookie = await page.signIn();
    const { status, headers } = await post(page, "/consent", { cookie });
    assert.deepEqual([status, headers.location], [303, "/"]);
    assert.ok((await page.ask("/", { cookie })).body.includes("Usage metrics are off."));
    assert.ok(!(await page.ask("/", { cookie })).body.includes("Usage metrics are off."));
    const { body } = await page.ask("/", { cookie });
    const say = (choice: string) => post(page, "/consent", { cookie, body: `csrf=${csrfOf(body)}${choice}` });
    await say("&given=yes");
    assert.deepEqual(page.consents, [false, true]);
    for (const unclear of ["&given=", "&given=Yes", "&given=no&given=yes"])
      assert.equal((await say(unclear)).status, 400);
    assert.deepEqual(page.consents, [false, true]);
  });

  test("may be sent in chunks, and through a reverse proxy", async () => {
    const page = await start({}, { allowedHosts: ["metrics.example.org"] });
    const headers = {
      Host: "metrics.example.org",
      Origin: "https://metrics.example.org",
      "Transfer-Encoding": "chunked",
    };
    assert.equal((await post(page, "/consent", { headers })).status, 303);
  });

  test("is refused from anywhere else", async () => {
    const page = await start();
    const cookie = await page.signIn();
    const csrf = csrfOf((await page.ask("/", { cookie })).body);
    const foreign = csrfOf((await page.ask("/", { cookie: await page.signIn() })).body);
    const origin = { Origin: originOf(page) };
    const cases: [why: string, headers: Ask["headers"], body: string][] = [
      ["a forged Origin", { Origin: "http://evil.example" }, `csrf=${csrf}`],
      ["another port", { Origin: `http://127.0.0.1:${page.port + 1}` }, `csrf=${csrf}`],
      ["an opaque Origin", { Origin: "null" }, `csrf=${csrf}`],
      ["no Origin", {}, `csrf=${csrf}`],
      ["no Origin, but Fetch Metadata", { "Sec-Fetch-Site": "same-origin" }, `csrf=${csrf}`],
      ["no CSRF token", origin, ""],
      ["an empty CSRF token", origin, "csrf="],
      ["a wrong CSRF token", origin, `csrf=${"x".repeat(32)}`],
      ["that of another session", origin, `csrf=${foreign}`],
    ];
    for (const path of ["/consent", "/sign-out"])
      for (const [why, headers = {}, body] of cases) {
        const { status } = await page.ask(path, { method: "POST", cookie, headers, body });
        assert.equal(status, 403, `${path}, ${why}`);
      }
    assert.deepEqual(page.consents, []);
    assert.equal((await page.ask("/", { cookie })).status, 200);
    const body = `csrf=${csrf}`;
    assert.equal((await page.ask("/consent", { method: "POST", headers: origin, body })).status, 401);
  });
});

describe("a name that somebody else pointed here", () => {
  let page: TestPage;
  before(async () => {
    page = await start({}, { allowedHosts: ["metrics.example.org", ".example.net"] });
  });

  test("is refused with the variable that would allow it, even with the token", async () => {
    for (const path of ["/", `/?token=${page.token}`, "/nowhere"]) {
      const { status, headers, body } = await page.ask(path, { headers: { Host: "evil.example" } });
      assert.equal(status, 403);
      assert.match(body, /SYSTEM_INFO_ALLOWED_HOSTS/);
      assert.ok(!body.includes("evil.example"));
      assert.equal(headers["set-cookie"], undefined);
    }
  });

  test("is no name that is allowed", async () => {
    for (const Host of [
      "localhost:1",
      "x.localhost",
      "10.0.0.1:9",
      "[::1]:8088",
      "metrics.example.org",
      "a.example.net",
    ])
      assert.equal((await page.ask("/", { headers: { Host } })).status, 401, Host);
  });

  test("is nothing to the health check", async () => {
    assert.equal((await page.ask("/healthz", { headers: { Host: "evil.example" } })).status, 200);
    assert.match(await page.raw("GET /healthz HTTP/1.0\r\n\r\n"), /^HTTP\/1\.1 200 /);
  });

  test("cannot hide in an absolute address, a second header or none", async () => {
    const cases: [head: string, status: number][] = [
      ["GET http://localhost/ HTTP/1.1\r\nHost: evil.example", 400],
      ["GET http://evil.example/ HTTP/1.1\r\nHost: localhost", 400],
      ["GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example", 403],
      ["GET / HTTP/1.1\r\nHost: evil.example\r\nHost: localhost", 403],
      ["GET / HTTP/1.1\r\nHost:", 403],
      ["GET / HTTP/1.1\r\nX-Forwarded-Host: localhost", 403],
      ["GET / HTTP/1.0", 403],
    ];
    for (const [head, status] of cases)
      assert.match(
        await page.raw(`${head}\r\nConnection: close\r\n\r\n`),
        new RegExp(`^HTTP/1.1 ${status} `),
        head,
      );
  });
});
