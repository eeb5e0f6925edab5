import assert from "node:assert/strict";
import { copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createEngineWorld, type EngineWorld } from "./support/engine-images.ts";
import { createFakeCollector, eventsOf, type FakeCollector } from "./support/fake-collector.ts";
import { miniature } from "./support/miniature.ts";
import { buildProductImage } from "./support/product-image.ts";
import { hasCommand, installPackages, run, testEngine } from "./support/real-engine.ts";
import { until } from "./support/sidecar.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const engine = testEngine();
const host = "host" in engine ? engine.host : "";
/** For this machine only. */
const PUBLISHED = '    ports: ["127.0.0.1:8088:8088"]\n';

describe("the shipped image, beside docker-openwisp", {
  skip: "unavailable" in engine && engine.unavailable,
}, () => {
  const collectors: FakeCollector[] = [];
  let world: EngineWorld;
  let folder: string;
  let collector: FakeCollector;

  before(async () => {
    world = createEngineWorld(host);
    await buildProductImage(host, root, "openwisp/openwisp-metrics:latest");
    for (const release of ["25.10.3", "25.10.4"])
      for (const image of miniature(release).images) await world.importImage(image);
    if (!(await hasCommand("docker-compose"))) await installPackages(["docker-compose"], console.error);
    folder = join(await mkdtemp(join(tmpdir(), "image-test-")), "docker-openwisp");
    await mkdir(folder);
    await copyFile(
      join(root, "test/fixtures/docker-openwisp/docker-compose.yml"),
      join(folder, "docker-compose.yml"),
    );
    const example = await readFile(join(root, "docker-compose.example.yml"), "utf8");
    // On the host's network, where the collector is, there are no ports to publish.
    await writeFile(join(folder, "docker-compose.override.yml"), example.replace(PUBLISHED, ""));
    collector = await createFakeCollector();
    collectors.push(collector);
    await writeFile(join(folder, "testing.yml"), testing(collector.url));
    // A neighbour: the sidecar must know which project is its own.
    await world.startContainer({ name: "neighbour", image: "openwisp/openwisp-dashboard:25.10.3" });
  });

  after(async () => {
    for (const it of collectors) await it.close();
    await compose("25.10.4", "down", "--volumes").catch(() => {});
    await world.close();
    await rm(dirname(folder), { recursive: true, force: true });
  });

  /** What differs from what an admin would write: where the engine and the collector are, and less patience. */
  function testing(url: string): string {
    const socket = host.replace("unix://", "");
    return JSON.stringify({
      services: {
        metrics: {
          network_mode: "host",
          environment: { COLLECTOR_URL: url, SETTLE_SECONDS: "2", DOCKER_HOST: "unix:///test/docker.sock" },
          volumes: [`${socket}:/test/docker.sock:ro`],
        },
      },
    });
  }

  /** docker compose in the folder, with `.env` as docker-openwisp has it. */
  async function compose(release: string, ...args: string[]): Promise<string> {
    const metricCollection = args.includes("--off") ? "False" : "True";
    const secrets = "DB_PASS=canary-secret\nDJANGO_SECRET_KEY=canary-secret\n";
    await writeFile(
      join(folder, ".env"),
      `${secrets}OPENWISP_VERSION=${release}\nMETRIC_COLLECTION=${metricCollection}\nDEBUG_MODE=False\n`,
    );
    const files = ["docker-compose.yml", "docker-compose.override.yml", "testing.yml"];
    const flags = ["--project-directory", folder, ...files.flatMap((it) => ["-f", join(folder, it)])];
    return run("docker-compose", ["-H", host, ...flags, ...args.filter((it) => it !== "--off")]);
  }

  const metrics = async () =>
    (
      await world.docker([
        "ps",
        "-aq",
        "--filter",
        `label=com.docker.compose.project=docker-openwisp`,
        "--filter",
        "label=com.docker.compose.service=metrics",
      ])
    ).trim();
  const logs = async () => world.docker(["logs", await metrics()]);

  async function untilLogged(text: string): Promise<void> {
    for (let i = 0; i < 40 && !(await logs()).includes(text); i++)
      await new Promise((done) => setTimeout(done, 250));
    assert.ok((await logs()).includes(text), await logs());
  }

  test("the example merges with docker-openwisp's compose file and keeps its secrets away from the sidecar", async () => {
    const merged = await compose("25.10.4", "config");
    assert.match(merged, /metrics:/);
    const [before = "", own = ""] = merged.split(/^ {2}metrics:$/m);
    assert.match(before, /canary-secret/, "OpenWISP's services have it");
    assert.doesNotMatch(own.split(/^ {2}\S/m)[0] ?? "", /canary-secret/);
  });

  test("docker compose up: the sidecar finds its own project and sends the Install", async () => {
    await compose("25.10.3", "up", "-d");
    await until("the Install", () => collector.bodies.length > 0, 60_000);
    assert.deepEqual(collector.categories(), ["Install"]);
    const events = eventsOf(collector.bodies[0] ?? "").map((it) => `${it.action} ${it.name}`);
    assert.equal(events.length, 16);
    assert.ok(events.includes("OpenWISP Version 25.10.3"));
    assert.ok(events.includes("openwisp-notifications 1.2.2"));
    const log = await logs();
    const [notice, found, sent] = ["Opt out at any time", "found OpenWISP 25.10.3", "sent Install"].map(
      (it) => log.indexOf(it),
    ) as [number, number, number];
    assert.ok(notice > 0 && notice < found && found < sent, log);
  });

  test("docker compose up with newer images: an Upgrade, without a restart of the sidecar", async () => {
    const sidecar = await metrics();
    await compose("25.10.4", "up", "-d");
    await until("the Upgrade", () => collector.bodies.length > 1, 60_000);
    assert.deepEqual(collector.categories(), ["Install", "Upgrade"]);
    assert.equal(await metrics(), sidecar);
    assert.match(await logs(), /openwisp-notifications 1\.2\.2 → 1\.2\.3/);
  });

  test("docker compose exec metrics openwisp-metrics status just works", async () => {
    const status = await world.docker(["exec", await metrics(), "openwisp-metrics", "status"]);
    assert.match(status, /Usage metrics +on/);
    assert.match(status, /OpenWISP Version +25\.10\.4/);
  });

  test("the example publishes the page to its own machine only, and the page is there", async () => {
    const example = await readFile(join(root, "docker-compose.example.yml"), "utf8");
    assert.ok(example.includes(PUBLISHED));
    assert.equal((await fetch("http://127.0.0.1:8088/healthz")).status, 200);
    assert.equal((await fetch("http://127.0.0.1:8088/")).status, 401);
    const url = (await world.docker(["exec", await metrics(), "openwisp-metrics", "page-url"])).trim();
    assert.match(url, /^http:\/\/localhost:8088\/\?token=[\w-]{32}$/);
    assert.equal((await fetch(url, { redirect: "manual" })).status, 303);
  });

  test("the health check of the image passes", async () => {
    const id = await metrics();
    assert.match(await world.docker(["inspect", "--format", "{{.Config.Healthcheck}}", id]), /healthcheck/);
    assert.match(await world.docker(["exec", id, "openwisp-metrics", "healthcheck"]), /^healthy/);
  });

  test("it has given up root, and every capability, but kept the group of the Docker socket", async () => {
    const id = await metrics();
    const status = await world.docker(["exec", id, "cat", "/proc/1/status"]);
    const field = (name: string) => new RegExp(`^${name}:\\s*(.*)$`, "m").exec(status)?.[1]?.trim();
    assert.equal(field("Uid"), "1000\t1000\t1000\t1000");
    assert.equal(field("Gid"), "1000\t1000\t1000\t1000");
    const socket = await stat(host.replace("unix://", ""));
    assert.equal(field("Groups"), String(socket.gid));
    assert.match(field("CapEff") ?? "", /^0+$/);
    assert.match(field("CapPrm") ?? "", /^0+$/);
    assert.equal(field("NoNewPrivs"), "1");
    const owners = await world.docker(["exec", id, "stat", "-c", "%u %a", "/data/openwisp-metrics.sqlite"]);
    assert.equal(owners.trim(), "1000 600");
  });

  test("docker compose exec metrics openwisp-metrics opt-out: the daemon is quiet at once", async () => {
    const id = await metrics();
    const before = collector.bodies.length;
    assert.match(
      await world.docker(["exec", id, "openwisp-metrics", "opt-out"]),
      /Usage metrics are off: opted out on the command line.*One last event was sent/s,
    );
    assert.deepEqual(collector.categories().slice(before), ["Consent Withdrawn"]);
    await untilLogged("usage metrics are off: opted out");
    assert.match(await world.docker(["exec", id, "openwisp-metrics", "opt-in"]), /Usage metrics are on/);
  });

  test("it runs as any other user, too, who is given the socket's group", async () => {
    const socket = host.replace("unix://", "");
    const before = collector.bodies.length;
    const environment = [`COLLECTOR_URL=${collector.url}`, "OPENWISP_PROJECT=docker-openwisp"];
    await world.docker([
      ...["run", "--rm", "--network", "host", "--read-only", "--cap-drop", "ALL", "--user", "4242:4242"],
      ...["--group-add", String((await stat(socket)).gid), "--volume", `${socket}:/var/run/docker.sock:ro`],
      ...environment.flatMap((it) => ["--env", it]),
      ...["openwisp/openwisp-metrics", "report"],
    ]);
    assert.deepEqual(collector.categories().slice(before), ["Install"]);
  });

  test("docker stop takes less than 2 seconds and ends with 0", async () => {
    const id = await metrics();
    const start = Date.now();
    await world.docker(["stop", id]);
    assert.ok(Date.now() - start < 3_000, "2 seconds for the sidecar, and some for docker");
    assert.equal((await world.docker(["inspect", "--format", "{{.State.ExitCode}}", id])).trim(), "0");
  });

  test("METRIC_COLLECTION=False in .env makes it silent", async () => {
    const before = collector.requests.length;
    await compose("25.10.3", "up", "-d", "--off");
    await untilLogged("usage metrics are off: METRIC_COLLECTION");
    await new Promise((done) => setTimeout(done, 3_000));
    assert.equal(collector.requests.length, before);
    const id = await metrics();
    const rests = async () => /rest\.cjs/.test(await world.docker(["exec", id, "cat", "/proc/1/cmdline"]));
    for (const end = Date.now() + 30_000; !(await rests()); ) assert.ok(Date.now() < end, "it does not rest");
    assert.match(
      await world.docker(["exec", await metrics(), "openwisp-metrics", "healthcheck"]),
      /^healthy/,
    );
  });

  test("the image adds little to its base, and no node_modules", async () => {
    const files = await world.docker([
      "run",
      "--rm",
      "--entrypoint",
      "ls",
      "openwisp/openwisp-metrics",
      "/app",
    ]);
    const expected = ["cache", "openwisp-metrics.js", "package.json", "parts"];
    assert.deepEqual(files.trim().split("\n").sort(), expected);
    const size = async (image: string) =>
      Number(await world.docker(["image", "inspect", "--format", "{{.Size}}", image]));
    const added = (await size("openwisp/openwisp-metrics")) - (await size("node:24-bookworm-slim"));
    assert.ok(added < 3_000_000, `${added} bytes`);
  });

  test("what V8 made of the code when the image was built is used in it", async () => {
    const script = "openwisp-metrics healthcheck 2>&1 || true";
    const debug = ["--env", "NODE_DEBUG_NATIVE=COMPILE_CACHE", "--read-only"];
    const said = await world.docker([
      "run",
      "--rm",
      ...debug,
      "--entrypoint",
      "sh",
      "openwisp/openwisp-metrics",
      "-c",
      script,
    ]);
    assert.match(said, /health\.cjs was accepted/);
    assert.match(said, /unhealthy: the daemon is not running/);
  });
});
