import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Ajv2019 } from "ajv/dist/2019.js";
import { createEngineProxy, type EngineProxy } from "./support/engine-proxy.ts";
import { createFakeCollector, eventsOf, type FakeCollector } from "./support/fake-collector.ts";
import { ENGINES, type InstallationHost } from "./support/installations.ts";
import { CONTENTS, type MiniatureOptions, miniature } from "./support/miniature.ts";
import { runSidecar } from "./support/sidecar.ts";

// The published file names its dialect by an address that no validator knows it under.
const { $schema: _, ...schema } = JSON.parse(
  readFileSync(new URL("fixtures/cimp.schema.json", import.meta.url), "utf8"),
);
const isValid = new Ajv2019({ strict: false }).compile(schema);

const FRESH_25_10_4 = [
  "openwisp-controller 1.2.3",
  "openwisp-firmware-upgrader 1.2.1",
  "openwisp-ipam 1.2.post1",
  "openwisp-monitoring 1.2.1",
  "openwisp-network-topology 1.2",
  "openwisp-notifications 1.2.3",
  "openwisp-radius 1.2.2",
  "openwisp-users 1.2.2",
  "openwisp-utils 1.2.2",
  "netdiff 1.2",
  "netjsonconfig 1.2.1",
  "OpenWISP Version 25.10.4",
  "os_version Testing GNU/Linux 1 (test)",
  "kernel_version 6.8.0",
  "hardware_platform x86_64",
  "Installation Method docker-openwisp",
];

for (const engine of ENGINES)
  describe(`the life of an installation on ${engine.name}`, { skip: engine.skip }, () => {
    const project = "life-test";
    let installations: InstallationHost;
    let proxy: EngineProxy;
    let collector: FakeCollector;
    let stateDir: string;

    before(async () => {
      installations = await engine.open();
      proxy = await createEngineProxy(installations.host);
      proxy.info = {
        OperatingSystem: "Testing GNU/Linux 1 (test)",
        KernelVersion: "6.8.0-45-generic",
        Architecture: "x86_64",
      };
      collector = await createFakeCollector();
      stateDir = await mkdtemp(join(tmpdir(), "life-"));
    });

    after(async () => {
      await proxy.close();
      await collector.close();
      await installations.close();
      await rm(stateDir, { recursive: true, force: true });
    });

    const install = (release: string, options: MiniatureOptions = {}) =>
      installations.install(
        miniature(release, { project, services: ["dashboard", "celerybeat", "nginx"], ...options }),
      );

    /** Runs `report` and gives the events that the collector received: the category, and "action name" each. */
    async function report(env: Record<string, string> = {}) {
      const before = collector.bodies.length;
      const { code, stderr } = await runSidecar(["report"], {
        env: {
          DOCKER_HOST: proxy.host,
          COLLECTOR_URL: collector.url,
          STATE_DIR: stateDir,
          OPENWISP_PROJECT: project,
          ...env,
        },
      });
      assert.equal(code, 0, stderr);
      const bodies = collector.bodies.slice(before);
      assert.ok(bodies.length <= 1, "one report at the most");
      for (const body of bodies) assert.ok(isValid(JSON.parse(body)), JSON.stringify(isValid.errors));
      return {
        category: bodies.length > 0 ? collector.categories().at(-1) : "nothing",
        events: bodies.flatMap((body) => eventsOf(body).map((it) => `${it.action} ${it.name}`)),
      };
    }

    test("a fresh installation sends exactly its 16 events, in order", async () => {
      await install("25.10.4");
      const { category, events } = await report();
      assert.equal(category, "Install");
      assert.deepEqual(events, FRESH_25_10_4);
    });

    test("the category of every step of a whole life is what the rules say", async () => {
      await rm(stateDir, { recursive: true, force: true });
      const withoutRadius = { environment: { METRIC_COLLECTION: "False", USE_OPENWISP_RADIUS: "False" } };
      const newerController = {
        versions: { ...CONTENTS["25.10.4"]?.versions, "openwisp-controller": "1.2.4" },
      };
      const steps: [what: string, expected: string, change: () => unknown, env?: Record<string, string>][] = [
        ["installation", "Install", () => install("24.11.2")],
        ["nothing new", "Heartbeat", () => {}],
        ["containers restarted", "Heartbeat", () => install("24.11.2")],
        ["upgrade", "Upgrade", () => install("25.10.4")],
        ["downgrade", "Heartbeat", () => install("24.11.2")],
        ["back to where it was", "Heartbeat", () => install("25.10.4")],
        ["a module switched off", "Heartbeat", () => install("25.10.4", withoutRadius)],
        ["and on again", "Heartbeat", () => install("25.10.4")],
        ["a patch level of the kernel", "Heartbeat", () => setKernel("6.8.0-51-generic")],
        ["another kernel", "Upgrade", () => setKernel("6.11.0-9-generic")],
        ["the same kernel", "Heartbeat", () => {}],
        [
          "an upgrade while off",
          "nothing",
          () => install("25.10.4", newerController),
          { METRIC_COLLECTION: "False" },
        ],
        ["on again", "Upgrade", () => {}, { METRIC_COLLECTION: "True" }],
      ];
      for (const [what, expected, change, env] of steps) {
        await change();
        assert.equal((await report(env)).category, expected, what);
      }
    });

    test("a switched-off module is not in the report", async () => {
      await install("25.10.4", {
        environment: {
          METRIC_COLLECTION: "False",
          USE_OPENWISP_FIRMWARE: "no",
          USE_OPENWISP_MONITORING: "YES",
        },
      });
      const { events } = await report();
      assert.ok(!events.some((it) => it.startsWith("openwisp-firmware-upgrader")));
      assert.ok(events.some((it) => it.startsWith("openwisp-monitoring")));
    });

    for (const release of ["24.11.0", "25.10.2"])
      test(`${release}, whose own literal is wrong, reports its true version`, async () => {
        await rm(stateDir, { recursive: true, force: true });
        await install(release);
        const { events } = await report();
        assert.ok(events.includes(`OpenWISP Version ${release}`), events.join("; "));
      });

    test("while OpenWISP's own collector is on, the sidecar stands by", async () => {
      await install("25.10.4", { environment: { METRIC_COLLECTION: "True" } });
      assert.equal((await report()).category, "nothing");
    });

    test("a development installation reports nothing", async () => {
      await install("25.10.4", { environment: { METRIC_COLLECTION: "False", DEBUG_MODE: "True" } });
      assert.equal((await report()).category, "nothing");
    });

    test("only GET requests reached the engine", () => {
      assert.deepEqual(
        proxy.requests.filter((it) => !it.startsWith("GET ")),
        [],
      );
    });

    function setKernel(version: string): void {
      proxy.info = { ...proxy.info, KernelVersion: version };
    }
  });
