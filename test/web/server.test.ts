import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { BODY, csrfOf, modelOf, originOf, post, startTestPage, type TestPage } from "./support/test-page.ts";

const started: TestPage[] = [];
after(() => Promise.all(started.map((it) => it.stop())));

const start: typeof startTestPage = async (...args) => {
  const page = await startTestPage(...args);
  started.push(page);
  return page;
};

const sha256 = (text: string) => createHash("sha256").update(text).digest();
describe("the page", () => {
  let page: TestPage;
  let cookie: string;
  before(async () => {
    page = await start();
    cookie = await page.signIn();
  });

  test("is HTML", async () => {
    const { status, headers, body } = await page.ask("/", { cookie });
    assert.equal(status, 200);
    assert.equal(headers["content-type"], "text/html; charset=UTF-8");
    assert.equal(Number(headers["content-length"]), Buffer.byteLength(body));
  });

  test("is shown wherever its history shall begin", async () => {
    for (const before of ["3", "0", "-1", "x", "", "9".repeat(400), "%00"])
      assert.equal((await page.ask(`/?before=${before}`, { cookie })).status, 200);
  });

  test("links to a download of the very bytes that it shows", async () => {
    const name = `${sha256(BODY).toString("hex")}.json`;
    assert.ok((await page.ask("/", { cookie })).body.includes(`/preview/${name}`));
    const { status, headers, body } = await page.ask(`/preview/${name}`, { cookie });
    assert.deepEqual([status, body], [200, BODY]);
    assert.equal(headers["content-type"], "application/json");
    assert.match(String(headers["content-disposition"]), /^attachment; filename="[\w-]+\.json"$/);
  });

  test("gives a report of the journal", async () => {
    const { status, headers, body } = await page.ask("/reports/7.json", { cookie });
    assert.deepEqual([status, body], [200, BODY]);
    assert.match(
      String(headers["content-disposition"]),
      /^attachment; filename="openwisp-metrics-report-7.json"$/,
    );
  });

  for (const path of [
    "/reports/8.json",
    "/reports/07a.json",
    `/reports/${"9".repeat(400)}.json`,
    "/reports/-7.json",
    "/reports/7",
    `/preview/${"0".repeat(64)}.json`,
    "/preview/x.json",
    "/nowhere",
    "//evil.example/",
    "/../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/..%2f..%2fetc/passwd",
    "/reports/..%2f7.json",
    "/%00",
    "/%ff",
    "/\\evil.example",
  ])
    test(`has nothing at ${path.slice(0, 40)}`, async () => {
      const answer = await page.raw(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nCookie: ${cookie}\r\n\r\n`);
      assert.match(answer, /^HTTP\/1\.1 404 /);
      assert.ok(!answer.includes("root:"));
    });

  test("answers HEAD as GET, without a body", async () => {
    for (const path of ["/", "/reports/7.json", "/nowhere", "/healthz"]) {
      const [get, head] = [
        await page.ask(path, { cookie }),
        await page.ask(path, { cookie, method: "HEAD" }),
      ];
      assert.equal(head.status, get.status);
      assert.equal(head.body, "");
      const expected: typeof get.headers = { ...get.headers, date: head.headers.date };
      delete expected["content-length"];
      assert.deepEqual(head.headers, expected);
    }
  });

  test("takes no other methods", async () => {
    const cases: [method: string, path: string, allow: string][] = [
      ["POST", "/", "GET, HEAD"],
      ["POST", "/reports/7.json", "GET, HEAD"],
      ["GET", "/consent", "POST"],
      ["HEAD", "/sign-out", "POST"],
      ["PUT", "/", "GET, HEAD, POST"],
      ["DELETE", "/consent", "GET, HEAD, POST"],
      ["OPTIONS", "/", "GET, HEAD, POST"],
      ["TRACE", "/", "GET, HEAD, POST"],
      ["POST", "/healthz", "GET, HEAD"],
    ];
    for (const [method, path, allow] of cases) {
      const ask =
        method === "POST" && path !== "/healthz"
          ? post(page, path, { cookie })
          : page.ask(path, { method, cookie });
      const { status, headers } = await ask;
      assert.deepEqual([method, path, status, headers.allow], [method, path, 405, allow]);
    }
  });
});

describe("under a prefix", () => {
  let page: TestPage;
  before(async () => {
    page = await start({}, { basePath: "/metrics" });
  });

  test("everything is there, whether or not the reverse proxy takes the prefix away", async () => {
    const cookie = await page.signIn();
    for (const prefix of ["", "/metrics"]) {
      assert.equal((await page.ask(`${prefix}/`, { cookie })).status, 200);
      assert.equal((await page.ask(`${prefix}/reports/7.json`, { cookie })).status, 200);
      assert.equal((await page.ask(`${prefix}/healthz`)).status, 200);
      assert.equal((await page.ask(`${prefix}/?token=${page.token}`)).headers.location, "/metrics/");
    }
    assert.equal((await page.ask("/metrics", { cookie })).status, 200);
    assert.equal((await page.ask(`/metrics?token=${page.token}`)).status, 303);
    assert.equal((await page.ask("/metricsx/", { cookie })).status, 404);
    assert.equal((await page.ask("/metrics/metrics/", { cookie })).status, 404);
    const { body } = await page.ask("/", { cookie });
    const origin = { Origin: originOf(page) };
    const form = { method: "POST", cookie, headers: origin, body: `csrf=${csrfOf(body)}` };
    assert.equal((await page.ask("/metrics/consent", form)).headers.location, "/metrics/");
    assert.equal((await page.ask("/sign-out", form)).headers.location, "/metrics/");
  });
});

describe("health", () => {
  test("is told to everybody, without loading the page", async () => {
    let healthy = true;
    const page = await start({ healthy: () => ({ healthy, reason: "because" }) });
    const { status, headers, body } = await page.ask("/healthz?x");
    assert.deepEqual(
      [status, headers["content-type"], body],
      [200, "text/plain; charset=utf-8", "healthy: because\n"],
    );
    healthy = false;
    const ill = await page.ask("/healthz");
    assert.deepEqual([ill.status, ill.body], [503, "unhealthy: because\n"]);
  });
});

describe("what goes wrong", () => {
  const fail = () => {
    throw new Error("no such table");
  };

  test("in a handler is one line of the log, and a page that says nothing about it", async () => {
    const page = await start({
      model: async () => fail(),
      setConsent: async () => fail(),
      report: fail,
      healthy: fail,
    });
    const cookie = await page.signIn();
    for (const path of ["/", "/reports/7.json", "/healthz"]) {
      const { status, body } = await page.ask(`${path}?secret`, { cookie });
      assert.equal(status, 500);
      assert.ok(!body.includes("no such table"));
    }
    const errors = page.log.filter((it) => it.startsWith("error"));
    assert.equal(errors.length, 3);
    // What an error says may quote what was read.
    for (const line of errors)
      assert.match(
        line,
        /^error the System Info page failed: Error at server(\.test)?\.ts:\d+:\d+ \([\w.]+\)$/,
      );
  });

  test("an installation that takes too long to look at is not waited for", async () => {
    const page = await start({ model: () => new Promise(() => {}) });
    const cookie = await page.signIn();
    const answer = page.ask("/", { cookie });
    await page.clock.advance(11_999);
    void page.clock.sleep(1_000_000, new AbortController().signal);
    await page.clock.advance(1);
    assert.equal((await answer).status, 503);
    assert.deepEqual(page.log.slice(1), []);
  });
});

test("the downloads of the last twenty previews are kept", async () => {
  let count = 0;
  const page = await start({ model: async () => modelOf(`{"n":${count++}}`) });
  const cookie = await page.signIn();
  for (let i = 0; i < 21; i++) await page.ask("/", { cookie });
  const status = async (n: number) =>
    (await page.ask(`/preview/${sha256(`{"n":${n}}`).toString("hex")}.json`, { cookie })).status;
  assert.deepEqual([await status(0), await status(1), await status(20)], [404, 200, 200]);
});
