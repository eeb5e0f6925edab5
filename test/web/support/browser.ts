import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import axe from "axe-core";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { createFakeCollector, type FakeCollector } from "../../support/fake-collector.ts";
import { createFakeEngine, type FakeEngine } from "../../support/fake-engine.ts";
import { miniature } from "../../support/miniature.ts";
import { freePort } from "../../support/page-visit.ts";
import { installPackages } from "../../support/real-engine.ts";
import { type Sidecar, startSidecar, until } from "../../support/sidecar.ts";

const CHROMIUM = "/usr/bin/chromium";
/** A name that leads to this machine, as the host of a reverse proxy. */
export const PROXY_NAME = "openwisp.example";
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-quic",
  "--disable-sync",
  "--no-first-run",
  `--host-resolver-rules=MAP *.${PROXY_NAME} 127.0.0.1,MAP ${PROXY_NAME} 127.0.0.1`,
];

/**
 * Why the tests in a browser cannot run here; false when they can. Root on Debian gets its package `chromium` installed.
 * @throws in CI, where nothing is skipped
 */
export async function browserMissing(): Promise<string | false> {
  if (existsSync(CHROMIUM)) return false;
  try {
    await installPackages(["chromium"], console.error);
    return false;
  } catch (error) {
    const { message } = error as Error;
    if (process.env.CI === "true") throw new Error(`CI runs the tests in a browser: ${message}`);
    return message;
  }
}

/** Chromium says so for a page of ours, too. */
const SIGN_IN_WANTED = "Failed to load resource: the server responded with a status of 401";

/** A tab with cookies of its own. */
export interface Tab {
  readonly page: Page;
  /** What the browser complained of, the dialogs that were opened, and the requests to elsewhere. */
  readonly complaints: string[];
  close(): Promise<void>;
}

/** @param home where all requests have to go */
export async function openTab(
  browser: Browser,
  home: string,
  options: BrowserContextOptions = {},
): Promise<Tab> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const complaints: string[] = [];
  const isOurs = (url: string) => new URL(url).origin === new URL(home).origin || url === "data:,";
  page.on("console", (it) => {
    if (!it.text().startsWith(SIGN_IN_WANTED)) complaints.push(it.text());
  });
  page.on("pageerror", (it) => complaints.push(it.message));
  page.on("dialog", (it) => {
    complaints.push(`a dialog: ${it.message()}`);
    void it.dismiss();
  });
  context.on("request", (it) => {
    if (!isOurs(it.url())) complaints.push(`a request to ${it.url()}`);
  });
  return { page, complaints, close: () => context.close() };
}

/** What is downloaded when it is clicked. */
export async function bytesOf(page: Page, link: string): Promise<string> {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click(link)]);
  return readFile(await download.path(), "utf8");
}

/** What axe-core finds wrong, a line for each; nothing, if all is well. */
export async function violations(page: Page, options: object = {}): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate<{ violations: Violation[] }>(
    `axe.run(${JSON.stringify({ resultTypes: ["violations"], ...options })})`,
  );
  return found.violations.flatMap(({ id, nodes }) => nodes.map((it) => `${id}: ${it.target} ${it.html}`));
}

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly target: readonly string[]; readonly html: string }[];
}

/** How many pixels the page is wider than its window. */
export function excessWidth(page: Page): Promise<number> {
  return page.evaluate<number>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
}

/** The real program with its page on a port of its own. */
export interface PageProgram {
  readonly sidecar: Sidecar;
  readonly env: Record<string, string>;
  /** The address of the page. */
  readonly home: string;
  /** The link that signs in, from the log. */
  readonly link: string;
}

/** A browser, and what the program looks at and reports to. */
export interface PageWorld {
  readonly browser: Browser;
  readonly engine: FakeEngine;
  readonly collector: FakeCollector;
  /** For the states of the programs. */
  readonly folder: string;
  /** @param state the name of its folder in `folder` */
  start(state: string, settings?: Record<string, string>): Promise<PageProgram>;
  close(): Promise<void>;
}

export async function createPageWorld(): Promise<PageWorld> {
  const folder = await mkdtemp(join(tmpdir(), "page-world-"));
  const engine = await createFakeEngine(miniature("25.10.4"));
  const collector = await createFakeCollector();
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  const sidecars: Sidecar[] = [];
  return {
    browser,
    engine,
    collector,
    folder,
    async start(state, settings = {}) {
      const env = {
        DOCKER_HOST: engine.host,
        COLLECTOR_URL: collector.url,
        STATE_DIR: join(folder, state),
        SYSTEM_INFO_PORT: String(await freePort()),
        SYSTEM_INFO_HOST: "127.0.0.1",
        SETTLE_SECONDS: "0",
        TZ: "UTC",
        ...settings,
      };
      const sidecar = startSidecar(["run"], { env });
      sidecars.push(sidecar);
      const linkInLog = () => /System Info page is at (http:\S+token=\S+)/.exec(sidecar.stdout())?.[1];
      await until("the link to the page", () => linkInLog() !== undefined);
      const link = linkInLog() ?? "";
      return { sidecar, env, home: link.replace(/\?.*/, ""), link };
    },
    async close() {
      await browser.close();
      await Promise.all(sidecars.map((it) => it.stop()));
      await collector.close();
      await engine.close();
      await rm(folder, { recursive: true });
    },
  };
}
