import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type PageParts, startPage } from "../../src/web/listener.ts";
import { drawWithHash } from "../../src/web/token.ts";
import { createFakeClock } from "../support/fake-clock.ts";
import { modelOf, NOW, recordLog, startTestPage, storeToken } from "./support/test-page.ts";

const MINUTE_MS = 60_000;

/** A page that may be unable to listen. */
function begin(settings: Partial<PageParts["settings"]>) {
  const { log, logger } = recordLog();
  const clock = createFakeClock(NOW, () => 0);
  const stopper = new AbortController();
  const parts: PageParts = {
    settings: { port: 0, host: "127.0.0.1", basePath: "", allowedHosts: [], ...settings },
    model: async () => modelOf("{}"),
    report: () => undefined,
    setConsent: async () => "",
    keys: storeToken(),
    draw: async () => drawWithHash(),
    healthy: () => ({ healthy: true, reason: "" }),
    clock,
    log: logger,
  };
  const ended = startPage(parts, stopper.signal);
  return {
    log,
    clock,
    async stop() {
      stopper.abort();
      await ended;
    },
  };
}

test("the log has the link that signs in", async () => {
  const page = await startTestPage({}, { basePath: "/metrics" });
  assert.deepEqual(page.log, [
    `info the System Info page is at http://127.0.0.1:${page.port}/metrics/?token=${page.token}`,
  ]);
  await page.stop();
});

test("a port that is taken is one line of the log, and it is tried every minute", async () => {
  const squatter = createServer().listen(0, "127.0.0.1");
  await once(squatter, "listening");
  const { port } = squatter.address() as AddressInfo;
  const page = begin({ port });
  await page.clock.advance(3 * MINUTE_MS);
  assert.deepEqual(page.log, [
    `error the System Info page cannot be served: port ${port} is taken; set SYSTEM_INFO_PORT to a free one, or to 0 for no page; it is tried every minute`,
  ]);
  squatter.close();
  await once(squatter, "close");
  page.clock.advance(MINUTE_MS).catch(() => {});
  while (page.log.length < 2) await delay(5);
  assert.match(page.log[1] ?? "", /page is at /);
  await page.stop();
});

describe("a host that is not of this container is said so", () => {
  // No name is that long: it is refused without asking the network.
  for (const host of ["192.0.2.1", "2001:db8::1", "x".repeat(64)])
    test(host, async () => {
      const page = begin({ host });
      while (page.log.length === 0) await delay(5);
      assert.equal(page.log.length, 1);
      assert.match(
        page.log[0] ?? "",
        /^error .*: SYSTEM_INFO_HOST is no address of this container; .*; it is tried/,
      );
      await page.stop();
    });
});

test("a token file that is missing is said so, and the page is not served", async () => {
  const page = begin({ tokenFile: "/run/secrets/no-such-token" });
  await page.clock.advance(MINUTE_MS);
  assert.deepEqual(page.log, [
    "error the System Info page cannot be served: SYSTEM_INFO_TOKEN_FILE does not exist; put a token of at least 16 characters into /run/secrets/no-such-token, where the container can read it; it is tried every minute",
  ]);
  await page.stop();
});

test("where it shall end before it begins, nothing listens", async () => {
  const { log, logger } = recordLog();
  const clock = createFakeClock(NOW, () => 0);
  await startPage({ ...({} as PageParts), clock, log: logger }, AbortSignal.abort());
  assert.deepEqual(log, []);
});

test("a stop while the host's name is looked up ends it", async () => {
  const page = begin({ host: "localhost" });
  await page.stop();
  assert.deepEqual(page.log, []);
});

test("what makes pages is loaded with the first request, not before, and not for the health check", async () => {
  const script = fileURLToPath(new URL("support/loaded-modules.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script], { timeout: 30_000 });
  const { before, after } = JSON.parse(stdout) as Record<"before" | "after", string[]>;
  const isLate = (it: string) => /hono|src\/web\/(app|door|guards|sessions|views\/)/.test(it);
  assert.deepEqual(before.filter(isLate), []);
  assert.ok(before.includes("src/web/server.ts"));
  assert.ok(after.filter(isLate).length > 5, after.join());
});
