import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { type Browser, chromium } from "playwright-core";
import { startTestPage, type TestPage } from "./support/test-page.ts";

const CHROMIUM = "/usr/bin/chromium";
const skip = existsSync(CHROMIUM) ? false : `there is no ${CHROMIUM}`;

/** What only a browser can tell: which cookies, Origin and referrer it sends, and what the policies do to our own page. */
describe("in a browser", { skip, timeout: 120_000 }, () => {
  let browser: Browser;
  let page: TestPage;
  let home: string;
  before(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
    page = await startTestPage({}, { basePath: "/metrics" });
    home = `http://localhost:${page.port}/metrics/`;
  });
  after(async () => {
    await browser.close();
    await page.stop();
  });

  test("the link from the log signs in, and a form of the page is taken", async () => {
    const tab = await browser.newPage();
    const complaints: string[] = [];
    tab.on("console", (it) => complaints.push(it.text()));
    await tab.goto(`${home}?token=${page.token}`);
    assert.equal(tab.url(), home);
    const answered = tab.waitForResponse((it) => it.url().endsWith("/consent"));
    await tab.uncheck("#given");
    await tab.click("text=Save");
    const sent = (await answered).request();
    assert.equal(await sent.headerValue("origin"), home.replace("/metrics/", ""));
    await tab.waitForURL(home);
    assert.deepEqual(page.consents, [false]);
    assert.match((await tab.textContent("body")) ?? "", /Usage metrics are off\./);
    assert.deepEqual(complaints, []);
    await tab.close();
  });

  test("the link on a page of another site signs in too, and the token is not in the history", async (t) => {
    const chat = createServer((_, answer) => {
      answer.setHeader("Content-Type", "text/html");
      answer.end(`<a href="${home}?token=${page.token}">System Info</a>`);
    }).listen(0, "127.0.0.1");
    t.after(() => {
      chat.close();
      chat.closeAllConnections();
    });
    await once(chat, "listening");
    const context = await browser.newContext();
    const tab = await context.newPage();
    await tab.goto(`http://127.0.0.1:${(chat.address() as AddressInfo).port}/`);
    await tab.click("a");
    await tab.waitForSelector('form[action$="/consent"]', { state: "attached" });
    assert.equal(tab.url(), home);
    await tab.goBack();
    assert.match(tab.url(), /127\.0\.0\.1/);
    await context.close();
  });
});
