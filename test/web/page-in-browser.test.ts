import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import type { BrowserContextOptions, Page } from "playwright-core";
import { fillPast } from "../support/past.ts";
import { runSidecar } from "../support/sidecar.ts";
import {
  browserMissing,
  bytesOf,
  createPageWorld,
  openTab,
  type PageProgram,
  type PageWorld,
  type Tab,
} from "./support/browser.ts";

/** One program with a year behind it, at which the tests look one after the other. */
describe("what the page of the real program shows, in a browser", { skip: await browserMissing() }, () => {
  let world: PageWorld;
  let program: PageProgram;
  let link: string;
  const tabs: Tab[] = [];

  before(async () => {
    world = await createPageWorld();
    fillPast(join(world.folder, "state"), new Date());
    program = await world.start("state");
    link = program.link;
  });
  afterEach(async () => {
    for (const { complaints, close } of tabs.splice(0)) {
      assert.deepEqual(complaints, []);
      await close();
    }
  });
  after(() => world?.close());

  async function signIn(options: BrowserContextOptions = {}): Promise<Page> {
    const tab = await openTab(world.browser, program.home, options);
    tabs.push(tab);
    await tab.page.goto(link);
    await tab.page.getByRole("heading", { name: "System Information" }).waitFor();
    return tab.page;
  }

  async function command(...args: string[]) {
    const { env } = program;
    const { code, stdout } = await runSidecar(args, { env });
    assert.equal(code, 0);
    return stdout;
  }

  test("the link in the log signs in, and the token leaves the address bar", async () => {
    const page = await signIn();
    assert.equal(page.url(), program.home);
    const [cookie, ...others] = await page.context().cookies();
    assert.deepEqual([cookie?.httpOnly, cookie?.sameSite, cookie?.secure], [true, "Strict", false]);
    assert.equal(others.length, 0);
    await page.goBack();
    assert.equal(page.url(), "about:blank");
  });

  test("the link on a page of another site signs in too, and the token is not in the history", async (t) => {
    const chat = createServer((_, answer) => {
      answer.setHeader("Content-Type", "text/html");
      answer.end(`<a href="${link}">System Info</a>`);
    }).listen(0, "127.0.0.1");
    t.after(() => {
      chat.close();
      chat.closeAllConnections();
    });
    await once(chat, "listening");
    const { port } = chat.address() as AddressInfo;
    const { page, close } = await openTab(world.browser, program.home);
    await page.goto(`http://localhost:${port}/`);
    await page.click("a");
    await page.getByRole("heading", { name: "System Information" }).waitFor();
    assert.equal(page.url(), program.home);
    await page.goBack();
    assert.equal(new URL(page.url()).hostname, "localhost");
    await close();
  });

  test("what is installed is there, each value with its evidence on demand", async () => {
    const page = await signIn();
    const row = page.locator("#installed tr").filter({ hasText: "OpenWISP version" });
    assert.equal(await row.locator("td").first().innerText(), "25.10.4");
    assert.equal(await row.locator("li").first().isVisible(), false);
    await row.locator("summary").click();
    assert.deepEqual(await row.locator("li").allInnerTexts(), [
      "from VERSION file: /opt/openwisp/openwisp/VERSION",
      "and release tag said 25.10.4: openwisp-dashboard:25.10.4",
      "and __openwisp_version__ said 25.10.4: /opt/openwisp/openwisp/__init__.py",
    ]);
    const told = await page.locator("#installed").innerText();
    for (const value of [
      "Enabled modules (11)",
      "openwisp-controller",
      "1.2.post1",
      "netjsonconfig",
      "Debian GNU/Linux 12 (bookworm)",
      "6.1.0",
      "x86_64",
      "docker-openwisp",
    ])
      assert.ok(told.includes(value), value);
  });

  test("what would be sent is what the command line prints, and what the download has", async () => {
    const page = await signIn();
    const body = (await page.locator("#body").textContent()) ?? "";
    const withoutTime = (text: string) => text.trim().replaceAll(/("period_\w+"):\d+/g, "$1:0");
    assert.equal(withoutTime(body), withoutTime(await command("preview")));
    const section = await page.locator("#preview").innerText();
    assert.ok(section.includes(`${Buffer.byteLength(body)} bytes`));
    assert.ok(section.includes(createHash("sha256").update(body).digest("hex")));
    assert.equal(await bytesOf(page, "#preview a.button"), body);
  });

  test("the body is copied as it is, where the browser allows it", async () => {
    const page = await signIn({ permissions: ["clipboard-read", "clipboard-write"] });
    await page.locator("#preview").getByRole("button", { name: "Copy" }).click();
    await page.locator("#preview").getByText("Copied").waitFor();
    const copied = await page.evaluate("navigator.clipboard.readText()");
    assert.equal(copied, await page.locator("#body").textContent());
  });

  test("the timeline tells the year, in pictures and in words", async () => {
    const page = await signIn();
    const told = await page.locator("#history figure").innerText();
    for (const mark of ["Install 25.10.2", "Upgrade 25.10.2 → 25.10.3", "Upgrade 25.10.3 → 25.10.4"])
      assert.ok(told.includes(mark), mark);
    assert.match(told, /\d+ days with a report delivered, 1 day with one refused or expired,/);
    assert.match(
      told,
      /3 days with one replaced or discarded, \d+ days without a report, 1\d days opted out,/,
    );
    const months = page.getByRole("img", { name: /^\w+ \d{4} Days of the month\. .*delivered: \d/ });
    assert.ok((await months.count()) >= 11);
  });

  test("the journal has every report, page by page, with its attempts and its body", async () => {
    const page = await signIn();
    const history = JSON.parse(await command("history", "--json", "--limit", "400"));
    const told: number[] = history.map((it: { id: number }) => it.id);
    const shown = async () =>
      (await page.locator(".journal a").allInnerTexts()).map((it) => Number.parseInt(it, 10));
    assert.deepEqual(await shown(), told.slice(0, 25));
    await page.getByRole("link", { name: "Older" }).click();
    await page.locator("caption").filter({ hasText: "Reports 26 to 50 of 322" }).waitFor();
    assert.deepEqual(await shown(), told.slice(25, 50));
    await page.goto(`${program.home}?before=20`);
    assert.deepEqual(await shown(), told.slice(-19));
    assert.equal(await page.getByRole("link", { name: "Older" }).count(), 0);
    const install = page.locator(".journal tr").filter({ hasText: "Install" });
    await install.locator("summary").click();
    assert.match(await install.innerText(), /\d\d:02 \+00:00: HTTP 204/);
    assert.equal(await bytesOf(page, '.journal a[href="/reports/1.json"]'), history.at(-1).body);
  });

  test("a fresh link of the command line takes the place of the old one, and sessions go on", async () => {
    const page = await signIn();
    const old = link;
    link = (await command("page-url")).trim();
    const stranger = await openTab(world.browser, program.home);
    await stranger.page.goto(old);
    assert.match(await stranger.page.innerText("main"), /The token of this link is not valid/);
    assert.match(await stranger.page.innerText("main"), /openwisp-metrics page-url/);
    await stranger.page.goto(program.home);
    assert.match(await stranger.page.innerText("main"), /This page is for the admin/);
    await stranger.page.goto(link);
    assert.equal(stranger.page.url(), program.home);
    await stranger.page.getByRole("heading", { name: "What is installed" }).waitFor();
    await stranger.close();
    await page.reload();
    await page.getByRole("heading", { name: "What is installed" }).waitFor();
  });
});
