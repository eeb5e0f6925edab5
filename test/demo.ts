/**
 * The main job on stand-ins, to be looked at: the real program runs beside a fake Docker Engine that answers as a
 * docker-openwisp installation would, and reports to a collector on this machine. With --engine the containers
 * are real. Exits with 0 only if everything happened as it should.
 */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEngineWorld } from "./support/engine-images.ts";
import { createFakeCollector, eventsOf } from "./support/fake-collector.ts";
import { createFakeEngine } from "./support/fake-engine.ts";
import { type Miniature, miniature } from "./support/miniature.ts";
import { obtainEngine } from "./support/real-engine.ts";
import { runSidecar, startSidecar, until } from "./support/sidecar.ts";

const PROJECT = "openwisp-metrics-demo";

interface DemoEngine {
  readonly host: string;
  readonly install: (installation: Miniature) => Promise<void> | void;
  /** How many requests it was asked so far; undefined where that cannot be told. */
  readonly requests: () => number | undefined;
  readonly close: () => Promise<void>;
}

const withRealEngine = process.argv.includes("--engine");
const say = (line: string) => console.log(line ? `\n— ${line}` : "");
const engine = withRealEngine ? await realEngine() : await fakeEngine();
const collector = await createFakeCollector();
const stateDir = await mkdtemp(join(tmpdir(), "openwisp-metrics-demo-"));
let failed = true;
try {
  await play();
  failed = false;
} finally {
  await collector.close();
  await engine.close();
  await rm(stateDir, { recursive: true, force: true });
  say(failed ? "the demo FAILED" : "all of it happened as it should");
}
process.exit(failed ? 1 : 0);

async function play(): Promise<void> {
  say("a docker-openwisp 25.10.3 is running; the sidecar starts beside it");
  await engine.install(miniature("25.10.3", { project: PROJECT }));
  let sidecar = start({ HEARTBEAT_SCHEDULE: "0 0 1 1 *" });
  await received("Install");

  say("docker compose pull && docker compose up -d: now it is 25.10.4");
  await engine.install(miniature("25.10.4", { project: PROJECT }));
  await received("Upgrade");

  const slot = new Date(Date.now() + 5_000);
  say(
    "the sidecar is restarted, with the heartbeat's slot a few seconds away (it is a minute of the day, usually)",
  );
  assert.equal(await sidecar.stop(), 0, "SIGTERM ends the sidecar with 0");
  sidecar = start({
    HEARTBEAT_SCHEDULE: `${slot.getSeconds()} ${slot.getMinutes()} ${slot.getHours()} * * *`,
  });
  await received("Heartbeat");

  say("docker compose exec metrics openwisp-metrics opt-out: one last event, and the daemon is quiet");
  const optedOut = runSidecar(["opt-out"], { env: environment({}) });
  await received("Consent Withdrawn");
  for (const line of (await optedOut).stdout.trim().split("\n")) console.log(`opt-out   | ${line}`);
  await until("the daemon to notice", () => sidecar.stdout().includes("off: opted out"));
  assert.equal(await sidecar.stop(), 0, "SIGTERM ends the sidecar with 0");

  await runSidecar(["opt-in"], { env: environment({}) });
  say(
    "opted in again, but METRIC_COLLECTION=False in the environment; and an upgrade meanwhile, which nobody sees",
  );
  const [bodies, requests] = [collector.requests.length, engine.requests()];
  sidecar = start({ METRIC_COLLECTION: "False" });
  await until("the sidecar to say that it is off", () => sidecar.stdout().includes("are off"));
  await engine.install(miniature("25.10.2", { project: PROJECT }));
  await new Promise((done) => setTimeout(done, 3_000));
  assert.equal(await sidecar.stop(), 0, "SIGTERM ends the sidecar with 0");
  assert.equal(collector.requests.length, bodies, "nothing is sent while off");
  assert.equal(engine.requests(), requests, "nothing is asked while off");
  console.log(
    `collector | received nothing${requests === undefined ? "" : "; the engine was asked nothing"}`,
  );
  assert.deepEqual(collector.categories(), ["Install", "Upgrade", "Heartbeat", "Consent Withdrawn"]);
}

function start(env: Record<string, string>) {
  return startSidecar(["run"], {
    env: environment(env),
    onLine: (line) => console.log(`sidecar   | ${line}`),
  });
}

function environment(env: Record<string, string>): Record<string, string> {
  return {
    DOCKER_HOST: engine.host,
    COLLECTOR_URL: collector.url,
    STATE_DIR: stateDir,
    OPENWISP_PROJECT: PROJECT,
    SETTLE_SECONDS: "1",
    TZ: process.env.TZ ?? "",
    ...env,
  };
}

async function received(category: string): Promise<void> {
  const count = collector.bodies.length;
  await until(`the ${category}`, () => collector.bodies.length > count, 30_000);
  const body = collector.bodies.at(-1) ?? "";
  assert.deepEqual(collector.categories().at(-1), category);
  await new Promise((done) => setTimeout(done, 300)); // The sidecar logs the answer first.
  const { length } = eventsOf(body);
  console.log(`collector | POST with ${length} ${length === 1 ? "event" : "events"}:`);
  for (const line of body.replaceAll('},{"', '},\n {"').split("\n")) console.log(`collector |   ${line}`);
}

async function fakeEngine(): Promise<DemoEngine> {
  const fake = await createFakeEngine({ images: [], containers: [] });
  return { ...fake, install: (next) => fake.install(next), requests: () => fake.requests.length };
}

async function realEngine(): Promise<DemoEngine> {
  const real = await obtainEngine(say);
  if ("unavailable" in real) {
    console.error(`the demo needs a Docker Engine with --engine: ${real.unavailable}`);
    process.exit(1);
  }
  const world = createEngineWorld(real.host);
  let running: Miniature["containers"] = [];
  return {
    host: real.host,
    requests: () => undefined,
    async install({ images, containers }) {
      for (const image of images) await world.importImage(image);
      for (const { name } of running) await world.removeContainer(name);
      for (const container of containers) await world.startContainer(container);
      running = containers;
    },
    async close() {
      await world.close();
      await real.stop();
    },
  };
}
