import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, describe, test } from "node:test";
import { hashToken } from "../../src/web/token.ts";
import { csrfOf, NOW, startTestPage, storeToken, type TestPage } from "./support/test-page.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const started: TestPage[] = [];
after(() => Promise.all(started.map((it) => it.stop())));

const start: typeof startTestPage = async (...args) => {
  const page = await startTestPage(...args);
  started.push(page);
  return page;
};
const later = (page: TestPage, ms: number) => page.clock.set(new Date(page.clock.now().getTime() + ms));

test("the link in the log signs in, and leads to the address without the token", async () => {
  const page = await start();
  const { status, headers } = await page.ask(`/?token=${page.token}`);
  assert.equal(status, 303);
  assert.equal(headers.location, "/");
  const [cookie = "", ...others] = headers["set-cookie"] ?? [];
  assert.deepEqual(others, []);
  assert.match(cookie, /^openwisp-metrics=[\w-]{32}; Path=\/; HttpOnly; SameSite=Strict$/);
  const { status: shown } = await page.ask("/", { cookie: cookie.split(";", 1)[0] ?? "" });
  assert.equal(shown, 200);
});

test("the cookie is for https only where the page came by https, and for the path of the page", async () => {
  const page = await start({}, { basePath: "/metrics" });
  for (const proto of ["https", "HTTPS, http"]) {
    const headers = { "X-Forwarded-Proto": proto };
    const { headers: answered } = await page.ask(`/metrics/?token=${page.token}`, { headers });
    assert.equal(answered.location, "/metrics/");
    assert.match(String(answered["set-cookie"]), /; Path=\/metrics; HttpOnly; Secure; SameSite=Strict$/);
  }
});

test("each sign-in has a session of its own", async () => {
  const page = await start();
  const cookies = [await page.signIn(), await page.signIn()];
  assert.equal(new Set(cookies).size, 2);
  const pages = await Promise.all(cookies.map((cookie) => page.ask("/", { cookie })));
  assert.equal(new Set(pages.map((it) => csrfOf(it.body))).size, 2);
});

test("who is signed in and follows an old link is led to the page", async () => {
  const page = await start();
  const cookie = await page.signIn();
  const { status, headers } = await page.ask("/?token=old", { cookie });
  assert.deepEqual([status, headers.location, headers["set-cookie"]], [303, "/", undefined]);
});

describe("without a session nothing is shown", () => {
  const paths = [
    "/",
    "/?token=",
    "/?token=wrong",
    "/preview/00.json",
    "/reports/7.json",
    "/consent",
    "/nowhere",
  ];
  for (const path of paths)
    test(path, async () => {
      const page = started[0] ?? (await start());
      for (const cookie of [
        "",
        "openwisp-metrics=",
        `openwisp-metrics=${"A".repeat(32)}`,
        "openwisp-metrics=%00",
      ]) {
        const { status, headers } = await page.ask(path, { cookie });
        assert.equal(status, 401);
        assert.equal(headers["set-cookie"], undefined);
      }
      later(page, MINUTE_MS);
    });
});

test("a token that was drawn meanwhile is valid at once, and the one before no more", async () => {
  const keys = storeToken();
  const page = await start({ keys });
  assert.equal(keys.tokenHash(), hashToken(page.token));
  keys.setTokenHash(hashToken("another one"));
  assert.equal((await page.ask("/?token=another%20one")).status, 303);
  assert.equal((await page.ask(`/?token=${page.token}`)).status, 401);
});

test("where no hash is stored no token is valid", async () => {
  const page = await start({ keys: { tokenHash: () => undefined, setTokenHash: () => {} } });
  for (const token of [page.token, "", "undefined"])
    assert.equal((await page.ask(`/?token=${token}`)).status, 401);
});

test("a configured token is the only one, and is not in the log", async () => {
  const token = "chosen by & for the admin";
  const page = await start(
    { keys: { tokenHash: () => hashToken("drawn"), setTokenHash: assert.fail } },
    { token },
  );
  assert.equal((await page.ask("/?token=drawn")).status, 401);
  assert.equal((await page.ask(`/?token=${encodeURIComponent(token)}`)).status, 303);
  assert.match(
    page.log.join(),
    /page is at http:\/\/127.0.0.1:\d+\/; openwisp-metrics page-url prints a link/,
  );
  assert.ok(!page.log.join().includes("chosen"));
});

test("ten wrong tokens a minute, then a pause for the right one too, which grows", async () => {
  const page = await start();
  const cookie = await page.signIn();
  const fail = async () => {
    for (let i = 0; i < 10; i++) assert.equal((await page.ask(`/?token=wrong${i}`)).status, 401);
  };
  for (const pause of [60, 120, 240]) {
    await fail();
    const { status, headers } = await page.ask(`/?token=${page.token}`);
    assert.deepEqual([status, headers["retry-after"]], [429, String(pause)]);
    assert.equal((await page.ask("/", { cookie })).status, 200);
    later(page, pause * 1000 - 1);
    assert.equal((await page.ask(`/?token=${page.token}`)).status, 429);
    later(page, 1);
  }
  assert.equal((await page.ask(`/?token=${page.token}`)).status, 303);
  await fail();
  assert.equal((await page.ask("/?token=wrong")).headers["retry-after"], "60");
  later(page, -DAY_MS);
  assert.equal((await page.ask(`/?token=${page.token}`)).status, 303);
});

test("nine wrong tokens in each minute are no attack", async () => {
  const page = await start();
  for (let minute = 0; minute < 3; minute++) {
    for (let i = 0; i < 9; i++) assert.equal((await page.ask("/?token=wrong")).status, 401);
    later(page, MINUTE_MS);
  }
  assert.equal((await page.ask(`/?token=${page.token}`)).status, 303);
});

test("a wrong token is in the log once a minute, without the token", async () => {
  const page = await start();
  const said = () => page.log.filter((it) => it.startsWith("warn"));
  for (let i = 0; i < 5; i++) await page.ask("/?token=guessed");
  assert.deepEqual(said(), ["warn a sign-in to the System Info page was refused: wrong token"]);
  later(page, MINUTE_MS);
  await page.ask("/?token=guessed");
  assert.equal(said().length, 2);
});

test("a session ends after a day, also when the clock was set back", async () => {
  for (const [ms, status] of [
    [DAY_MS - 1, 200],
    [DAY_MS, 401],
    [-1, 401],
  ] as const) {
    const page = await start();
    const cookie = await page.signIn();
    page.clock.set(new Date(NOW.getTime() + ms));
    assert.equal((await page.ask("/", { cookie })).status, status);
    page.clock.set(NOW);
    assert.equal((await page.ask("/", { cookie })).status, status);
  }
});

test("there are a hundred sessions at most: the oldest ends", async () => {
  const page = await start();
  const cookies: string[] = [];
  for (let i = 0; i < 101; i++) cookies.push(await page.signIn());
  const statuses = await Promise.all(
    [0, 1, 100].map(async (it) => (await page.ask("/", { cookie: cookies[it] ?? "" })).status),
  );
  assert.deepEqual(statuses, [401, 200, 200]);
});

test("a sign-out ends one session", async () => {
  const page = await start();
  const [cookie, other] = [await page.signIn(), await page.signIn()];
  const csrf = csrfOf((await page.ask("/", { cookie })).body);
  const { status, headers } = await page.ask("/sign-out", {
    method: "POST",
    cookie,
    headers: { Host: "localhost", Origin: "http://localhost" },
    body: `csrf=${csrf}`,
  });
  assert.deepEqual([status, headers.location], [303, "/"]);
  assert.match(String(headers["set-cookie"]), /^openwisp-metrics=; Max-Age=0; Path=\//);
  assert.equal((await page.ask("/", { cookie })).status, 401);
  assert.equal((await page.ask("/", { cookie: other })).status, 200);
});

test("who follows a link of another site is asked to load the page again, once", async () => {
  const page = await start();
  const refresh = async (site: string) => {
    const headers = { "Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate" };
    return (await page.ask("/", { headers })).headers.refresh;
  };
  assert.equal(await refresh("cross-site"), "0");
  assert.equal(await refresh("same-origin"), undefined);
  assert.equal(await refresh("none"), undefined);
});

test("secrets are compared in constant time, in one place", () => {
  const source = (name: string) => readFileSync(new URL(`../../src/web/${name}`, import.meta.url), "utf8");
  assert.match(source("token.ts"), /timingSafeEqual\(expected, given\)/);
  for (const name of ["sign-in.ts", "guards.ts"]) {
    assert.match(source(name), /matchesHash\(/);
    assert.doesNotMatch(source(name), /(token|csrf)\)? ===/i);
  }
});
