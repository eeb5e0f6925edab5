import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream";
import { after, before, describe, test } from "node:test";
import { createCertificates } from "../support/collector-certificates.ts";
import {
  browserMissing,
  createPageWorld,
  openTab,
  type PageProgram,
  type PageWorld,
  PROXY_NAME,
} from "./support/browser.ts";

/** As docker-openwisp's nginx would be set up: TLS, a path of its own, and Host and X-Forwarded-Proto passed on. */
describe("behind a reverse proxy with TLS and a path", { skip: await browserMissing() }, () => {
  let world: PageWorld;
  let program: PageProgram;
  let proxy: Server;
  let home: string;

  before(async () => {
    world = await createPageWorld();
    program = await world.start("state", {
      SYSTEM_INFO_BASE_PATH: "/metrics",
      SYSTEM_INFO_ALLOWED_HOSTS: PROXY_NAME,
      SETTLE_SECONDS: "3600",
    });
    proxy = await startProxy(program.home);
    home = `https://${PROXY_NAME}:${(proxy.address() as AddressInfo).port}/metrics/`;
  });
  after(async () => {
    proxy?.closeAllConnections();
    proxy?.close();
    await world?.close();
  });

  test("signing in, opting out, a download and signing out work, and the cookie is for TLS and the path only", async () => {
    const { page, complaints, close } = await openTab(world.browser, home, { ignoreHTTPSErrors: true });
    await page.goto(home + new URL(program.link).search);
    assert.equal(page.url(), home);
    const [cookie] = await page.context().cookies();
    assert.deepEqual(
      [cookie?.secure, cookie?.httpOnly, cookie?.sameSite, cookie?.path],
      [true, true, "Strict", "/metrics"],
    );
    await page.getByRole("checkbox").uncheck();
    await page.getByRole("button", { name: "Save" }).click();
    await page
      .getByText(/Usage metrics are off: opted out on the System Info page/)
      .first()
      .waitFor();
    assert.equal(page.url(), home);
    assert.deepEqual(world.collector.categories(), ["Consent Withdrawn"]);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "1.json" }).click(),
    ]);
    assert.equal(download.suggestedFilename(), "openwisp-metrics-report-1.json");
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    assert.equal(page.url(), home);
    assert.deepEqual(await page.context().cookies(), []);
    assert.deepEqual(complaints, []);
    await close();
  });

  test("a name that was not configured is told what to do", async () => {
    const other = home.replace(PROXY_NAME, `other.${PROXY_NAME}`);
    const { page, close } = await openTab(world.browser, other, { ignoreHTTPSErrors: true });
    const answer = await page.goto(other);
    assert.equal(answer?.status(), 403);
    assert.match(await page.innerText("main"), /add the one in your browser's address bar there/);
    await close();
  });
});

/** @param home the page, as it is reached without the proxy */
async function startProxy(home: string): Promise<Server> {
  const certificates = await createCertificates();
  await certificates.remove();
  const server = createServer(certificates.otherName, (incoming, outgoing) => {
    const { method = "", url = "" } = incoming;
    const headers = { ...incoming.headers, "x-forwarded-proto": "https" };
    const upstream = request(new URL(url, home), { method, headers, agent: false });
    upstream.on("response", (answer) => {
      const { connection: _, ...others } = answer.headers;
      outgoing.writeHead(answer.statusCode ?? 0, others);
      pipeline(answer, outgoing, () => {});
    });
    upstream.on("error", () => outgoing.destroy());
    pipeline(incoming, upstream, () => {});
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}
