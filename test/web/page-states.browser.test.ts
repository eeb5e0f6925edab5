import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type Miniature, miniature } from "../support/miniature.ts";
import { fillPast } from "../support/past.ts";
import { runSidecar } from "../support/sidecar.ts";
import {
  browserMissing,
  createPageWorld,
  excessWidth,
  openTab,
  type PageProgram,
  type PageWorld,
  type Tab,
  violations,
} from "./support/browser.ts";

const OPENWISP = miniature("25.10.4");
const SCRIPT = "<script>window.pwned = 1</script>";
const IMAGE = `"'><img src=x onerror="window.pwned = 2">`;
const TURNED = "\u202eesrever\u2066";
/** Characters that make a text look like another one. */
const DISGUISE = /[\u200b-\u200f\u202a-\u202e\u2066-\u2069]/;

describe("each state of the page", { skip: await browserMissing() }, () => {
  let world: PageWorld;
  let usual: Visit;

  before(async () => {
    world = await createPageWorld();
    fillPast(join(world.folder, "usual"), new Date());
    usual = await visit("usual");
  });
  after(() => world?.close());

  /** Starts a program with a state of its own, and signs in. */
  async function visit(state: string, settings: Record<string, string> = {}): Promise<Visit> {
    // What is looked at here is looked at for the page.
    const program = await world.start(state, { SETTLE_SECONDS: "3600", ...settings });
    const tab = await openTab(world.browser, program.home);
    await tab.page.goto(program.link);
    return { program, tab };
  }

  async function command(...args: string[]): Promise<unknown> {
    const { env } = usual.program;
    return (await runSidecar(args, { env })).code;
  }

  test("on, with all well", async () => {
    await assertState(usual, [
      /^Usage metrics are on Opted in on the System Info page at .* The next heartbeat is due in 7 hours\./,
      /Collector answers since .*Waiting nothing Next heartbeat in 7 hours \(/,
    ]);
  });

  test("nothing found yet", async () => {
    world.engine.install({ images: [], containers: [] });
    await assertState(usual, [
      /^No OpenWISP was found yet /,
      /What is installed Nothing can be said about it now/,
      /What would be sent now There is nothing to send/,
      /History The last 12 months/,
    ]);
  });

  test("development", async () => {
    world.engine.install(
      miniature("25.10.4", { environment: { METRIC_COLLECTION: "False", DEBUG_MODE: "True" } }),
    );
    await assertState(usual, [
      /^Development installation: nothing is reported /,
      /It is not sent now: development installations/,
      /Next heartbeat none while this is a development installation/,
    ]);
  });

  test("standing by", async () => {
    world.engine.install(miniature("25.10.4", { environment: { METRIC_COLLECTION: "True" } }));
    await assertState(usual, [
      /^Standing by: .* celerybeat: \{ environment: \{ METRIC_COLLECTION: "False" \} \}/,
      /It is not sent now: standing by/,
      /Next heartbeat none while standing by/,
    ]);
  });

  test("several versions, values held back, and siblings that would take over the page", async () => {
    world.engine.install(hostile());
    const { OperatingSystem } = world.engine.info;
    world.engine.info.OperatingSystem = `Debian ${SCRIPT}${IMAGE}${TURNED}`;
    await assertState(usual, [
      /OpenWISP version 25\.10\.4 /,
      /openwisp-controller 1\.2\.3 /,
      /Held back: .* openwisp_acme: not a module of OpenWISP/,
      /Held back: .* openwisp-controller 1\.2\.3\+acme: sent without its local suffix/,
      /Worth knowing containers of several versions run side by side/,
    ]);
    world.engine.info.OperatingSystem = OperatingSystem;
  });

  test("the engine does not answer", async () => {
    world.engine.intercept = () => 503;
    await assertState(usual, [
      /^The Docker Engine cannot be asked The Docker Engine did not give the list of containers: HTTP 503\./,
    ]);
    world.engine.intercept = () => undefined;
    world.engine.install(OPENWISP);
  });

  test("the collector refuses a report, with hostile words", async () => {
    world.collector.answer = { status: 400, body: SCRIPT + IMAGE + TURNED };
    assert.equal(await command("report"), 1);
    await assertState(usual, [
      /^Usage metrics are on /,
      /Heartbeat refused HTTP 400: <script>window\.pwned = 1<\/script>"'><img src=x/,
    ]);
  });

  test("the collector does not answer", async () => {
    world.collector.answer = { status: 503 };
    assert.equal(await command("report"), 3);
    await assertState(usual, [
      /^The collector does not answer It has not since /,
      /Heartbeat waiting HTTP 503 next attempt in /,
      /Collector has not answered since .*Waiting 1 report; next attempt in /,
    ]);
  });

  test("opted out, and the last event waits", async () => {
    assert.equal(await command("opt-out"), 3);
    await assertState(usual, [
      /^Usage metrics are off Opted out on the command line at .* The collector does not answer /,
      /Consent Withdrawn waiting HTTP 503 /,
      /Heartbeat discarded opted out/,
      /It is not sent now: usage metrics are off/,
    ]);
    assert.equal(await usual.tab.page.getByRole("checkbox").isChecked(), false);
  });

  test("off by METRIC_COLLECTION, and only there to be changed", async () => {
    const off = await visit("off", { METRIC_COLLECTION: "False" });
    await assertState(off, [
      /^Usage metrics are off METRIC_COLLECTION in the environment says so\./,
      /cannot be changed here\. To turn usage metrics on, set METRIC_COLLECTION=True in \.env/,
      /What would be sent now It is not sent now: usage metrics are off.* An Install with 16 events/,
      /Nothing was reported yet\./,
    ]);
    const box = off.tab.page.getByLabel("Help improve OpenWISP");
    assert.deepEqual([await box.isChecked(), await box.isDisabled()], [false, true]);
    assert.equal(await off.tab.page.getByRole("button", { name: "Save" }).count(), 0);
  });

  test("there is no engine, and nothing was reported yet", async () => {
    const alone = await visit("alone", { DOCKER_HOST: `unix://${world.folder}/nowhere.sock` });
    await assertState(alone, [
      /^The Docker Engine cannot be asked .*there is no Docker socket.* Mount it with the volume /,
      /Nothing was reported yet\./,
      /Collector not asked yet/,
    ]);
  });

  test("the state cannot be written", async () => {
    const stuck = await visit("usual/openwisp-metrics.sqlite/below");
    await assertState(stuck, [
      /^Nothing can be stored, so nothing is sent .* is a file where a folder should be\. .*metrics_data: \{\}/,
      /OpenWISP version 25\.10\.4 /,
      /It is not sent now: nothing can be stored/,
    ]);
    assert.ok(await stuck.tab.page.getByRole("checkbox").isDisabled());
  });

  test("nobody is signed in, or there is nothing at the address", async () => {
    const stranger = await openTab(world.browser, usual.program.home);
    await stranger.page.goto(usual.program.home);
    await assertState({ ...usual, tab: stranger }, [/Sign in This page is for the admin/]);
    await stranger.close();
    const { page, complaints } = usual.tab;
    await page.goto(`${usual.program.home}nowhere`);
    assert.match(complaints.splice(0).join(), /^Failed to load resource: .* 404 \(Not Found\)$/);
    assert.deepEqual(await violations(page), []);
  });
});

interface Visit {
  readonly program: PageProgram;
  readonly tab: Tab;
}

/** Also that it is accessible, light and dark, fits a phone, and is harmless. */
async function assertState({ tab }: Visit, told: readonly RegExp[]): Promise<void> {
  const { page, complaints } = tab;
  await page.setViewportSize({ width: 360, height: 740 });
  await page.emulateMedia({ colorScheme: "light" });
  await page.reload();
  const text = (await page.innerText("main")).replaceAll(/\s+/g, " ").trim();
  for (const it of told) assert.match(text, it);
  assert.doesNotMatch(text, DISGUISE);
  await page.evaluate("document.querySelectorAll('details').forEach((it) => { it.open = true; })");
  assert.equal(await excessWidth(page), 0);
  assert.deepEqual(await violations(page), []);
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.emulateMedia({ colorScheme: "dark" });
  assert.equal(await excessWidth(page), 0);
  assert.deepEqual(await violations(page, { runOnly: ["color-contrast"] }), []);
  assert.equal(await page.evaluate("typeof window.pwned"), "undefined");
  assert.deepEqual(complaints, []);
}

/** Of two releases, with an app of its own, and with all that a sibling can write. */
function hostile(): Miniature {
  const newer = miniature("25.10.4", { services: ["dashboard", "celerybeat", "nginx"] });
  const older = miniature("25.10.3", { services: ["websocket"] });
  const labels = {
    "io.openwisp.version": `25.10.4${SCRIPT}`,
    "io.openwisp.module.openwisp-controller": "1.2.3+acme",
    "io.openwisp.module.netdiff": IMAGE,
    "io.openwisp.installation-method": SCRIPT,
    [`io.openwisp.module.${SCRIPT}`]: TURNED,
  };
  const env = { USE_OPENWISP_RADIUS: SCRIPT, [`USE_OPENWISP_${IMAGE}`]: TURNED };
  const settings = "/opt/openwisp/openwisp/module_settings.py";
  return {
    images: [...newer.images, ...older.images].map((image) => ({
      ...image,
      files: {
        ...image.files,
        "/opt/openwisp/openwisp/VERSION": `25.10.4${IMAGE}\n`,
        [settings]: (image.files[settings] ?? "").replace(
          '"openwisp_users"',
          `"openwisp_acme", "${SCRIPT}", '${TURNED}', "openwisp_users"`,
        ),
      },
    })),
    containers: [...newer.containers, ...older.containers].map((it) => ({
      ...it,
      name: `${it.name}${SCRIPT}`,
      labels: { ...it.labels, ...labels },
      env: { ...it.env, ...env },
    })),
  };
}
