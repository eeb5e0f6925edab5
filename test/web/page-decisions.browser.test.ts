import assert from "node:assert/strict";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import type { BrowserContextOptions, Page } from "playwright-core";
import { eventsOf } from "../support/fake-collector.ts";
import { fillPast } from "../support/past.ts";
import { until } from "../support/sidecar.ts";
import {
  browserMissing,
  bytesOf,
  createPageWorld,
  openTab,
  type PageProgram,
  type PageWorld,
  type Tab,
} from "./support/browser.ts";

/** One program with a year behind it, whose admin opts out and in again, in every way there is. */
describe("deciding on the page of the real program, in a browser", { skip: await browserMissing() }, () => {
  let world: PageWorld;
  let program: PageProgram;
  let readSoFar = 0;
  const tabs: Tab[] = [];

  before(async () => {
    world = await createPageWorld();
    fillPast(join(world.folder, "state"), new Date());
    program = await world.start("state");
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
    await tab.page.goto(program.link);
    await tab.page.getByRole("heading", { name: "System Information" }).waitFor();
    return tab.page;
  }

  test("opting out with the mouse sends one last event, and opting in begins anew", async () => {
    const page = await signIn();
    const before = world.collector.bodies.length;
    await page.getByRole("checkbox").uncheck();
    await page.getByRole("button", { name: "Save" }).click();
    await assertOptedOut(page, before);
    await page.reload();
    assert.equal(await page.locator(".said").count(), 0);
    const told = await page.locator("main").innerText();
    assert.match(told, /Usage metrics are off: opted out on the System Info page at /);
    assert.match(told, /It is not sent now: usage metrics are off/);
    assert.match(told, /Next heartbeat\s+none while usage metrics are off/);
    await page.getByLabel("Help improve OpenWISP").check();
    await page.getByRole("button", { name: "Save" }).click();
    await assertOptedIn(page, before + 1);
  });

  test("all of it can be done with the keyboard alone", async () => {
    const page = await signIn();
    const before = world.collector.bodies.length;
    await page.keyboard.press("Tab");
    assert.equal((await focused(page)).text, "Skip to the content");
    await page.keyboard.press("Enter");
    assert.equal((await focused(page)).id, "main");
    await page.keyboard.press("Tab");
    const evidence = page.locator("#installed details").first();
    for (const [key, isOpen] of [
      ["Enter", true],
      ["Space", false],
    ] as const) {
      await page.keyboard.press(key);
      assert.equal(await evidence.evaluate((it: { open?: boolean }) => it.open), isOpen);
    }
    await tabTo(page, "given");
    await page.keyboard.press("Space");
    await page.keyboard.press("Tab");
    assert.equal((await focused(page)).text, "Save");
    await page.keyboard.press("Enter");
    await assertOptedOut(page, before);
    await tabTo(page, "given");
    await page.keyboard.press("Space");
    // As in every form, Enter in a field saves.
    await page.keyboard.press("Enter");
    await assertOptedIn(page, before + 1);
  });

  test("the Tab key goes through the page in its order, and it is seen where it is", async () => {
    const page = await signIn();
    const stops: Focused[] = [];
    do {
      await page.keyboard.press("Tab");
      stops.push(await focused(page));
    } while (stops.at(-1)?.text !== "OpenWISP");
    assert.deepEqual(
      stops.filter((it) => !it.isSeen),
      [],
    );
    const names = stops.map((it) => it.id || it.text);
    const links = ["Installed", "Usage metrics", "Preview", "History", "State"];
    assert.deepEqual(names.slice(0, 7), ["Skip to the content", "Sign out", ...links]);
    const landmarks = ["given", "Save", "What would be sent now", "body", "Copy", "322.json", "Older"];
    const places = landmarks.map((it) => names.indexOf(it));
    assert.deepEqual(
      places,
      places.toSorted((a, b) => a - b),
    );
    assert.ok(!places.includes(-1), names.join());
  });

  test("without JavaScript nothing is missing but the buttons that copy", async () => {
    const page = await signIn({ javaScriptEnabled: false });
    const before = world.collector.bodies.length;
    assert.equal(await page.getByRole("button", { name: "Copy" }).count(), 0);
    await page.locator("#installed summary").first().click();
    assert.ok(await page.locator("#installed li").first().isVisible());
    assert.match(await bytesOf(page, "#preview a.button"), /^\{"idsite":5,/);
    await page.getByRole("link", { name: "Older" }).click();
    await page.getByRole("link", { name: "Newest" }).click();
    await page.getByRole("checkbox").uncheck();
    await page.getByRole("button", { name: "Save" }).click();
    await assertOptedOut(page, before);
    await page.getByRole("checkbox").check();
    await page.getByRole("button", { name: "Save" }).click();
    await assertOptedIn(page, before + 1);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
  });

  test("until the end, nothing was sent but what the admin's decisions asked for", () => {
    const said = program.sidecar.stdout();
    assert.doesNotMatch(said, /WARN|ERROR/);
    assert.equal(program.sidecar.stderr(), "");
    assert.deepEqual(new Set(world.collector.categories()), new Set(["Consent Withdrawn"]));
  });

  async function assertOptedOut(page: Page, bodiesBefore: number): Promise<void> {
    const said = await page.locator(".said").innerText();
    assert.match(said, /^Usage metrics are off: opted out on the System Info page at /);
    assert.match(said, /One last event was sent: that usage metrics were opted out of, and nothing else\./);
    assert.equal(page.url(), program.home);
    assert.equal(await page.getByRole("checkbox").isChecked(), false);
    assert.equal(world.collector.bodies.length, bodiesBefore + 1);
    const events = eventsOf(world.collector.bodies.at(-1) ?? "");
    assert.deepEqual(
      events.map(({ category, action, name }) => [category, action, name]),
      [["Consent Withdrawn", "Action", "Opt-out"]],
    );
    await logged(/usage metrics are off: opted out on the System Info page at /);
  }

  async function assertOptedIn(page: Page, bodiesBefore: number): Promise<void> {
    const said = page.locator(".said").filter({ hasText: "Usage metrics are on" });
    assert.match(await said.innerText(), /^Usage metrics are on: opted in on the System Info page at /);
    assert.equal(await page.getByRole("checkbox").isChecked(), true);
    assert.equal(world.collector.bodies.length, bodiesBefore);
    await logged(/usage metrics are on: opted in on the System Info page at /);
    await logged(/found OpenWISP 25\.10\.4/);
  }

  /** Waits for what the daemon says after what was waited for before. */
  async function logged(what: RegExp): Promise<void> {
    const place = () => program.sidecar.stdout().slice(readSoFar).search(what);
    await until(`the log to have ${what}`, () => place() >= 0);
    readSoFar += place() + 1;
  }
});

interface Focused {
  readonly id: string;
  readonly text: string;
  /** Whether it is in the window, and has an outline. */
  readonly isSeen: boolean;
}

function focused(page: Page): Promise<Focused> {
  return page.evaluate<Focused>(`(() => {
    const it = document.activeElement;
    const { top, bottom } = it.getBoundingClientRect();
    const { outlineStyle, outlineWidth } = getComputedStyle(it);
    const isOutlined = outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 2;
    return { id: it.id, text: it.textContent, isSeen: isOutlined && bottom > 0 && top < innerHeight };
  })()`);
}

async function tabTo(page: Page, id: string): Promise<void> {
  for (let i = 0; i < 200; i++) {
    await page.keyboard.press("Tab");
    if ((await focused(page)).id === id) return;
  }
  assert.fail(`the Tab key does not lead to ${id}`);
}
