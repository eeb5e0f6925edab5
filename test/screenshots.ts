/**
 * The pictures of the README: the real program beside a fake Docker Engine, with a year behind it, in a real browser.
 * Writes docs/system-info.png (a desk, light) and docs/system-info-phone.png (a phone, dark).
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fillPast } from "./support/past.ts";
import { browserMissing, createPageWorld, openTab, type PageProgram } from "./web/support/browser.ts";

const DOCS = fileURLToPath(new URL("../docs", import.meta.url));
const DESK = { viewport: { width: 1280, height: 1000 }, colorScheme: "light" } as const;
const PHONE = { viewport: { width: 360, height: 740 }, colorScheme: "dark" } as const;
const MARGIN = 16;

const missing = await browserMissing();
if (missing) {
  console.error(`no screenshots without a browser: ${missing}`);
  process.exit(1);
}
const world = await createPageWorld();
try {
  fillPast(join(world.folder, "state"), new Date());
  const program = await world.start("state");
  await shoot(program, "system-info.png", DESK, "body", "#installed");
  await shoot(program, "system-info-phone.png", PHONE, "#history", "#history figure");
} finally {
  await world.close();
}

/** From the top of one part of the page to the end of another. */
async function shoot(
  { home, link }: PageProgram,
  name: string,
  options: typeof DESK | typeof PHONE,
  first: string,
  last: string,
): Promise<void> {
  const { page, close } = await openTab(world.browser, home, options);
  await page.goto(link);
  await page.locator("#installed summary").first().click();
  await page.mouse.move(0, 0);
  const { y: from = 0 } = (await page.locator(first).boundingBox()) ?? {};
  const { y: to = 0, height: more = 0 } = (await page.locator(last).boundingBox()) ?? {};
  const y = Math.max(from - MARGIN, 0);
  const clip = { x: 0, y, width: options.viewport.width, height: to + more + MARGIN - y };
  const path = join(DOCS, name);
  const { length } = await page.screenshot({ path, clip, fullPage: true });
  console.log(`docs/${name}: ${Math.round(length / 1024)} KB`);
  await close();
}
