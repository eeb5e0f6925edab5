import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Check, Diagnosis } from "../src/doctor.ts";
import type { Explanation } from "../src/explain.ts";
import { createEngineProxy, type EngineProxy } from "./support/engine-proxy.ts";
import { createFakeCollector, eventsOf, type FakeCollector } from "./support/fake-collector.ts";
import { createFakeEngine, type FakeEngine } from "./support/fake-engine.ts";
import { CONTENTS, type Miniature, miniature } from "./support/miniature.ts";
import { hasCommand, installPackages } from "./support/real-engine.ts";
import { runSidecar } from "./support/sidecar.ts";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const COLUMNS = 80;
const NOBODY = 65_534;

let engine: FakeEngine;
let proxy: EngineProxy;
let collector: FakeCollector;
let folder: string;
let env: Record<string, string>;

beforeEach(async () => {
  engine = await createFakeEngine(miniature("25.10.4"));
  proxy = await createEngineProxy(engine.host);
  collector = await createFakeCollector();
  folder = await mkdtemp(join(tmpdir(), "explain-doctor-test-"));
  env = { DOCKER_HOST: proxy.host, COLLECTOR_URL: collector.url, STATE_DIR: join(folder, "state") };
});

afterEach(async () => {
  await proxy.close();
  await engine.close();
  await collector.close();
  await rm(folder, { recursive: true, force: true });
});

const run = (command: string, more: Record<string, string> = {}) =>
  runSidecar(command.split(" "), { env: { ...env, ...more } });

async function explained(more: Record<string, string> = {}): Promise<Explanation> {
  const { code, stdout, stderr } = await run("explain --json", more);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Explanation;
}

async function diagnosed(more: Record<string, string> = {}): Promise<Diagnosis & { code: unknown }> {
  const { code, stdout } = await run("doctor --json", more);
  return { ...(JSON.parse(stdout) as Diagnosis), code };
}

const check = ({ checks }: Diagnosis, name: string): Check =>
  checks.find((it) => it.name === name) ?? assert.fail(`no check of the ${name}`);

/** The release with something changed in the dashboard's image and container. */
function withDashboard(
  release: string,
  change: (image: Miniature["images"][number], container: Miniature["containers"][number]) => void,
): Miniature {
  const changed = miniature(release);
  const [image, container] = [changed.images[0], changed.containers[0]];
  assert.ok(image && container);
  change(image, container);
  return changed;
}

describe("explain", () => {
  test("shows for each value what gave it and what agrees", async () => {
    const { code, stdout, stderr } = await run("explain");
    assert.deepEqual([code, stderr], [0, ""]);
    const modules = Object.entries(CONTENTS["25.10.4"]?.versions ?? {}).flatMap(([name, version]) => {
      const folder = name.replaceAll("-", "_");
      return [
        `${name.padEnd(29)}${version}`,
        `  from METADATA              ${folder}-${version}.dist-info/METADATA`,
        `  and  table of releases     ${version} (release 25.10.4)`,
      ];
    });
    assert.deepEqual(stdout.trimEnd().split("\n"), [
      "OpenWISP Version             25.10.4",
      "  from VERSION file          /opt/openwisp/openwisp/VERSION",
      "  and  release tag           25.10.4 (openwisp-dashboard:25.10.4)",
      "  and  __openwisp_version__  25.10.4 (/opt/openwisp/openwisp/__init__.py)",
      ...modules,
      "os_version                   Debian GNU/Linux 12 (bookworm)",
      "  from engine info           GET /info",
      "kernel_version               6.1.0",
      "  from engine info           GET /info",
      "hardware_platform            x86_64",
      "  from engine info           GET /info",
      "Installation Method          docker-openwisp",
      "  from __openwisp_installation_method__ /opt/openwisp/openwisp/__init__.py",
      "  and  image names           docker-openwisp (the image's name)",
      "Enabled modules              those of INSTALLED_APPS, less the switches",
    ]);
  });

  test("--json has the values that a report sends, in no other words", async () => {
    const { values, heldBack, warnings, hold, enabledModules } = await explained();
    await run("report");
    const sent = eventsOf(collector.bodies[0] ?? "").map((it) => [it.action, it.name]);
    const byName = (a: unknown[], b: unknown[]) => String(a[0]).localeCompare(String(b[0]));
    assert.deepEqual(values.map((it) => [it.name, it.value]).sort(byName), sent.sort(byName));
    assert.ok(values.every((it) => !it.inferred && it.evidence[0]?.value === it.value));
    assert.deepEqual([heldBack, warnings, hold, enabledModules], [[], [], null, "INSTALLED_APPS"]);
  });

  type Case = [what: string, installation: Miniature, expected: string[]];
  const cases: Case[] = [
    [
      "a release whose own file has the number of another",
      miniature("25.10.2"),
      [
        "OpenWISP Version             25.10.2",
        "  from release tag           openwisp-dashboard:25.10.2",
        "  but  __openwisp_version__  25.10.1 (/opt/openwisp/openwisp/__init__.py)",
      ],
    ],
    [
      "the same without a tag, where the number is put right",
      miniature("25.10.2", { tag: "latest" }),
      [
        "OpenWISP Version             25.10.2",
        "  from __openwisp_version__  /opt/openwisp/openwisp/__init__.py says 25.10.1",
      ],
    ],
    [
      "an image whose tag lies",
      miniature("25.10.3", { tag: "25.10.4" }),
      [
        "  from VERSION file          /opt/openwisp/openwisp/VERSION",
        "  but  release tag           25.10.4 (openwisp-dashboard:25.10.4)",
        "  and  __openwisp_version__  25.10.3 (/opt/openwisp/openwisp/__init__.py)",
      ],
    ],
    [
      "a module that is newer than its release",
      miniature("25.10.4", { versions: { ...CONTENTS["25.10.4"]?.versions, "openwisp-users": "1.3.0" } }),
      [
        "openwisp-users               1.3.0",
        "  from METADATA              openwisp_users-1.3.0.dist-info/METADATA",
        "  but  version tuple         1.3 (openwisp_users/__init__.py)",
        "  but  table of releases     1.2.2 (release 25.10.4)",
      ],
    ],
    [
      "labels, and a version with a local suffix",
      withDashboard("25.10.4", (_, container) => {
        Object.assign(container.labels ?? {}, {
          "io.openwisp.version": "25.10.9",
          "io.openwisp.module.openwisp-users": "1.2.2+acme",
        });
      }),
      [
        "  from label                 io.openwisp.version",
        "  but  VERSION file          25.10.4 (/opt/openwisp/openwisp/VERSION)",
        "  from label                 io.openwisp.module.openwisp-users says 1.2.2+acme",
        "Held back                    openwisp-users 1.2.2+acme",
      ],
    ],
    [
      "an app of one's own and a method of one's own",
      withDashboard("25.10.4", ({ files }) => {
        const init = "/opt/openwisp/openwisp/__init__.py";
        const settings = "/opt/openwisp/openwisp/module_settings.py";
        files[init] = (files[init] ?? "").replace('"docker-openwisp"', '"acme-isp"');
        files[settings] = (files[settings] ?? "").replace(
          '"openwisp_users",',
          '"openwisp_users", "openwisp_acme.x",',
        );
      }),
      [
        "  from image names           the image's name",
        "Installation Method          docker-openwisp (inferred)",
        "Held back                    openwisp_acme",
        "                             not a module of OpenWISP: its name could tell whose",
        "                             it is",
        "Held back                    installation method acme-isp",
        "                             not one of OpenWISP's own installers",
      ],
    ],
    [
      "containers of several versions",
      (() => {
        const [old, now] = [miniature("25.10.3", { services: ["api"] }), miniature("25.10.4")];
        const rest = now.containers.filter((it) => !it.name.includes("-api-"));
        return { images: [...now.images, ...old.images], containers: [...rest, ...old.containers] };
      })(),
      ["Note", "  containers of several versions run side by side (25.10.4, 25.10.3): the main one counts"],
    ],
    [
      "an OpenWISP that reports itself",
      miniature("25.10.4", { environment: { METRIC_COLLECTION: "True" } }),
      ["Nothing is reported          standing by"],
    ],
    [
      "a development installation",
      miniature("25.10.4", { environment: { METRIC_COLLECTION: "False", DEBUG_MODE: "True" } }),
      ["Nothing is reported          development"],
    ],
  ];
  for (const [what, installation, expected] of cases)
    test(`shows ${what}`, async () => {
      engine.install(installation);
      const { code, stdout, stderr } = await run("explain");
      assert.equal(code, 0, stderr);
      const lines = stdout.split("\n");
      assert.deepEqual(
        expected.filter((it) => !lines.includes(it)),
        [],
        stdout,
      );
    });

  test("works while usage metrics are off, and leaves the collector alone", async () => {
    const { code, stdout } = await run("explain", { METRIC_COLLECTION: "False" });
    assert.deepEqual([code, collector.requests], [0, []]);
    assert.match(stdout, /^OpenWISP Version +25\.10\.4$/m);
  });

  test("says on standard error why there is nothing to explain: exit 1", async () => {
    for (const args of ["explain", "explain --json"]) {
      const { code, stdout, stderr } = await run(args, { OPENWISP_PROJECT: "other" });
      assert.deepEqual([code, stdout], [1, ""]);
      assert.match(
        stderr,
        /no OpenWISP container is running .*OpenWISP runs in docker-openwisp: set OPENWISP_PROJECT/,
      );
    }
  });

  test(`has no line of more than ${COLUMNS} columns`, async () => {
    assert.deepEqual(tooLong((await run("explain")).stdout), []);
    proxy.refuse = (_, path) => /archive$|^\/info$/.test(path);
    assert.deepEqual(tooLong((await run("explain")).stdout), []);
  });
});

describe("doctor", () => {
  const HELP = ["images", "info", "volumes", "events", "archive"];

  test("finds all well, stores nothing, and only asks", async () => {
    const { code, stdout, stderr } = await run("doctor");
    assert.deepEqual([code, stderr], [0, ""]);
    assert.deepEqual(outcomes(await diagnosed()), {
      ...Object.fromEntries(["containers", ...HELP].map((it) => [it, "ok"])),
      ...{ state: "ok", clock: "ok", collector: "ok", proxy: "ok", socket: "ok" },
    });
    assert.match(stdout, /^ok {7}archive {5}gives exact versions/m);
    assert.match(stdout, /\nthe main job can be done\n$/);
    assert.deepEqual([...new Set(methods(proxy.requests))], ["GET"]);
    assert.deepEqual([...new Set(collector.requests.map((it) => it.method))], ["HEAD"]);
    assert.deepEqual(await readdir(folder), []);
  });

  test("says what a socket without a filter means, and how to filter it", async () => {
    const { stdout } = await run("doctor");
    assert.match(stdout, /^ok {7}socket {6}not filtered: .* full rights over the host$/m);
    assert.match(stdout, /^ {21}the sidecar only reads; a filtering proxy makes sure of it:$/m);
    assert.match(stdout, /^ {23}docker-proxy:$/m);
  });

  type Refusal = [right: string, path: RegExp, changes: string[], costs: (it: Explanation) => void];
  const inferredModules = ({ values }: Explanation) =>
    values.filter((it) => it.inferred).map((it) => it.name);
  const nothing = (it: Explanation) => assert.deepEqual([inferredModules(it), it.warnings], [[], []]);
  const refusals: Refusal[] = [
    [
      "images",
      /^\/images\//,
      [],
      ({ warnings }) =>
        assert.deepEqual(warnings, [
          "the Docker Engine did not give the details of an image: refused with HTTP 403",
        ]),
    ],
    [
      "info",
      /^\/info$/,
      ["clock"],
      ({ values, warnings }) => {
        const sources = Object.fromEntries(values.map((it) => [it.name, it.evidence[0]?.source]));
        assert.equal(sources.os_version, undefined);
        assert.equal(sources.kernel_version, "engine version");
        assert.equal(sources.hardware_platform, "engine version");
        assert.deepEqual(warnings, [
          "the Docker Engine did not give the facts of the host: refused with HTTP 403",
        ]);
      },
    ],
    ["volumes", /^\/volumes$/, [], nothing],
    ["events", /^\/events$/, [], nothing],
    [
      "archive",
      /\/archive$/,
      [],
      (it) => {
        const all = [...Object.keys(CONTENTS["25.10.4"]?.versions ?? {}), "Installation Method"];
        assert.deepEqual(inferredModules(it), all);
        assert.equal(it.enabledModules, "usual list");
        assert.deepEqual(it.warnings, [
          "the Docker Engine did not give a file of a container: refused with HTTP 403",
        ]);
      },
    ],
  ];
  for (const [right, path, others, costs] of refusals)
    test(`without the right to ${right}: its line says so, explain shows what it costs, and the job can be done`, async () => {
      const before = await diagnosed();
      proxy.refuse = (_, it) => path.test(it);
      const now = await diagnosed();
      assert.deepEqual(differences(before, now), [right, ...others, "socket"]);
      const { outcome, detail, hint } = check(now, right);
      assert.equal(outcome, "refused");
      assert.equal(
        `${detail} ${hint ?? ""}`,
        check(before, right)
          .detail.replace(/^gives /, "would give ")
          .concat(" "),
      );
      assert.deepEqual([now.code, now.able], [0, true]);
      costs(await explained());
    });

  for (const [what, path] of [
    ["list", /^\/containers\/json$/],
    ["inspect", /^\/containers\/[0-9a-f]+\/json$/],
  ] as const)
    test(`without the right to ${what} containers nothing can be done: exit 1`, async () => {
      proxy.refuse = (_, it) => path.test(it);
      const { code, stdout } = await run("doctor");
      assert.equal(code, 1);
      assert.match(
        stdout,
        /^refused {2}containers {2}would give what is running; without it nothing can be done$/m,
      );
      assert.match(stdout, /\nthe main job can NOT be done\n$/);
      assert.equal((await run("explain")).code, 1);
    });

  test("what could not be tried, for want of a container to try it on, is not called well", async () => {
    proxy.refuse = (_, path) => path === "/containers/json";
    const it = await diagnosed();
    assert.notEqual(check(it, "images").outcome, "ok");
    assert.notEqual(check(it, "archive").outcome, "ok");
  });

  test("a container of others that cannot be inspected does not keep the job from being done", async () => {
    const { images, containers } = miniature("25.10.4");
    const postgres = { reference: "postgres:17", env: {}, files: {} };
    engine.install({
      images: [postgres, ...images],
      containers: [{ name: "postgres", image: postgres.reference }, ...containers],
    });
    await run("doctor");
    const [first] = proxy.requests.filter((it) => /containers\/[0-9a-f]+\/json/.test(it));
    proxy.refuse = (method, path) => `${method} ${path}` === first;
    assert.equal((await diagnosed()).code, 0);
  });

  test("an engine that answers with errors: exit 1, and each line says what failed", async () => {
    engine.intercept = () => 500;
    const it = await diagnosed();
    assert.equal(it.code, 1);
    for (const name of ["containers", "info", "volumes", "events"])
      assert.match(check(it, name).detail, /HTTP 500/);
  });

  test("a clock that is wrong", async () => {
    proxy.info = { SystemTime: new Date(Date.now() - 3_600_000).toISOString() };
    const it = await diagnosed();
    assert.match(check(it, "clock").detail, /by 3(600|599|601) s/);
    assert.equal(it.code, 0);
  });

  describe("and the state", () => {
    const states: [what: string, prepare: () => Promise<string>][] = [
      ["a folder that is not there yet", async () => join(folder, "state")],
      ["a folder whose parents are not there yet", async () => join(folder, "a/b/c/state")],
      ["a folder under a device", async () => "/dev/null/x"],
      ["a file in place of the folder", () => made("state", (it) => writeFile(it, ""))],
      ["a file above the folder", async () => join(await made("state", (it) => writeFile(it, "")), "x")],
      [
        "a damaged file of its own",
        () => madeState((it) => writeFile(it, "this is no database ".repeat(500))),
      ],
      ["a folder in place of its own file", () => madeState(async (it) => void (await mkdir(it)))],
    ];
    for (const [what, prepare] of states)
      test(`${what}: doctor says the same as a report`, async () => {
        const more = { STATE_DIR: await prepare() };
        const it = await diagnosed(more);
        const { code } = await run("report", more);
        const expected = code === 0 ? ["ok", 0] : ["problem", 1];
        assert.deepEqual([check(it, "state").outcome, it.code], expected);
        if (code !== 0) assert.match(check(it, "state").hint ?? "", /volumes: \["metrics_data:/);
      });

    async function made(name: string, make: (path: string) => Promise<void>): Promise<string> {
      await make(join(folder, name));
      return join(folder, name);
    }

    async function madeState(make: (path: string) => Promise<void>): Promise<string> {
      await mkdir(join(folder, "state"));
      await make(join(folder, "state/openwisp-metrics.sqlite"));
      return join(folder, "state");
    }
  });

  describe("and the collector", () => {
    test("that does not answer: a problem, with which the job can be done", async () => {
      const it = await diagnosed({ COLLECTOR_URL: "http://127.0.0.1:1/" });
      assert.deepEqual([check(it, "collector").outcome, it.code, it.able], ["problem", 0, true]);
      assert.match(check(it, "collector").detail, /the connection was refused/);
      assert.match(check(it, "collector").hint ?? "", /reports are kept/);
    });

    test("that answers with an error does answer", async () => {
      collector.answer = { status: 500 };
      assert.equal(check(await diagnosed(), "collector").outcome, "ok");
    });

    test("is left alone while usage metrics are off, and it is said why", async () => {
      const offs: [Record<string, string>, RegExp][] = [
        [{ METRIC_COLLECTION: "False" }, /METRIC_COLLECTION in the environment says so/],
        [{ DO_NOT_TRACK: "1" }, /DO_NOT_TRACK in the environment says so/],
        [{ METRIC_COLLECTION: "Flase" }, /METRIC_COLLECTION is "Flase"/],
      ];
      for (const [more, reason] of offs) {
        const it = await diagnosed(more);
        assert.deepEqual([check(it, "collector").outcome, it.code], ["skipped", 0]);
        assert.match(check(it, "collector").detail, reason);
      }
      assert.deepEqual(collector.requests, []);
    });

    test("is reached through a proxy, whose password is not shown", async () => {
      const HTTP_PROXY = `${collector.url.replace("//", "//admin:s3cret@").replace(/\/[^/]*$/, "")}/`;
      const { code, stdout, stderr } = await run("doctor", {
        HTTP_PROXY,
        COLLECTOR_URL: "http://collector.test/",
      });
      assert.equal(code, 0);
      assert.match(stdout, /^ok {7}proxy {7}HTTP_PROXY is used for the collector$/m);
      assert.match(stdout, /^ok {7}collector {3}it answers$/m);
      assert.doesNotMatch(stdout + stderr, /s3cret|admin/);
      assert.equal(collector.requests.length, 1);
    });

    test("is said to be reached without the proxy where NO_PROXY excepts it", async () => {
      const more = { HTTP_PROXY: "http://127.0.0.1:1/", NO_PROXY: "127.0.0.1" };
      const it = await diagnosed(more);
      assert.equal(check(it, "collector").outcome, "ok");
      assert.doesNotMatch(check(it, "proxy").detail, /is used/);
    });

    test("with a proxy whose address is none: a problem of the configuration, said without its password", async () => {
      const { code, stdout, stderr } = await run("doctor --json", {
        HTTP_PROXY: "http://admin:s3cret@[bad/",
      });
      assert.doesNotMatch(stdout + stderr, /s3cret/);
      assert.equal(code, 2);
      assert.match(stderr, /HTTP_PROXY is "http:\/\/…@\[bad\/": expected the address of a proxy/);
    });
  });

  describe("and the socket", () => {
    test("that is not there: how to mount it", async () => {
      const it = await diagnosed({ DOCKER_HOST: `unix://${folder}/docker.sock` });
      const { outcome, detail, hint } = check(it, "socket");
      assert.deepEqual([it.code, outcome, detail], [1, "problem", `there is no ${folder}/docker.sock`]);
      assert.equal(
        hint,
        `services:\n  metrics:\n    volumes: ["/var/run/docker.sock:${folder}/docker.sock:ro"]`,
      );
      assert.match(check(it, "containers").detail, /there is no Docker socket/);
    });

    test("of another host is nobody's business", async () => {
      const it = await diagnosed({ DOCKER_HOST: "tcp://127.0.0.1:1" });
      assert.equal(it.code, 1);
      assert.deepEqual(
        it.checks.filter(({ name }) => name === "socket"),
        [],
      );
    });

    describe("as another user", { skip: process.getuid?.() === 0 ? false : "needs root" }, () => {
      let socket: string;

      beforeEach(async () => {
        socket = proxy.host.replace("unix://", "");
        await chmod(dirname(socket), 0o755);
        await chmod(folder, 0o777);
      });

      test("that may not be used: who we are, whose it is, and the lines that help", async () => {
        await chown(socket, 0, 4242);
        await chmod(socket, 0o660);
        const { code, stdout } = await runAs(NOBODY, NOBODY, ["doctor"]);
        assert.equal(code, 1);
        assert.match(stdout, /permission to the Docker socket was denied/);
        const who = `we are uid ${NOBODY}, gids ${NOBODY}; the socket is uid 0, gid 4242, mode 660`;
        assert.ok(stdout.includes(`problem  socket      it may not be used: ${who}\n`), stdout);
        const help = ["services:", "  metrics:", '    group_add: ["4242"]'];
        assert.ok(stdout.includes(help.map((it) => `${" ".repeat(21)}${it}\n`).join("")), stdout);
        const asGroup = await runAs(NOBODY, 4242, ["doctor"]);
        assert.equal(asGroup.code, 0, asGroup.stdout);
      });

      test("that only its owner may use: no group helps", async () => {
        await chmod(socket, 0o600);
        const { code, stdout } = await runAs(NOBODY, NOBODY, ["doctor"]);
        assert.equal(code, 1);
        assert.match(stdout, /^problem {2}socket {6}it may not be used: .* uid 0, gid 0, mode 600$/m);
        assert.doesNotMatch(stdout, /group_add: \[/);
      });

      test("in a folder that may not be entered is not called missing", async () => {
        await chmod(dirname(socket), 0o700);
        const { code, stdout } = await runAs(NOBODY, NOBODY, ["doctor"]);
        assert.equal(code, 1);
        assert.doesNotMatch(stdout, /there is no \//);
      });

      test("and a state that may not be written: exit 1", async () => {
        await chmod(socket, 0o666);
        await chmod(folder, 0o755);
        const { code, stdout } = await runAs(NOBODY, NOBODY, ["doctor"]);
        assert.equal(code, 1, stdout);
        assert.match(stdout, /^problem {2}state {7}.*may not be written to: .*: nothing is sent/m);
        assert.match(stdout, /^ok {7}socket/m);
      });

      test("and a state file of another user: exit 1", async () => {
        await chmod(socket, 0o666);
        await run("report");
        await chmod(join(folder, "state"), 0o777);
        assert.notEqual((await runAs(NOBODY, NOBODY, ["report"])).code, 0);
        const { code, stdout } = await runAs(NOBODY, NOBODY, ["doctor"]);
        assert.equal(code, 1, stdout);
        assert.match(stdout, /^problem {2}state/m);
      });
    });
  });

  test(`has no line of more than ${COLUMNS} columns outside of the lines for compose`, async () => {
    const withoutCompose = ({ stdout }: { stdout: string }) => stdout.replace(/^ +services:\n( .*\n)+/gm, "");
    assert.deepEqual(tooLong(withoutCompose(await run("doctor"))), []);
    proxy.refuse = (_, path) => /archive$|^\/(info|volumes|events|images)/.test(path);
    assert.deepEqual(tooLong(withoutCompose(await run("doctor"))), []);
  });
});

const haproxy = await obtainHaproxy();

describe("the proxy that doctor proposes", { skip: haproxy }, () => {
  let port: number;
  let server: ChildProcess;
  let host: string;
  let words = "";

  beforeEach(async () => {
    port = await freePort();
    host = `tcp://127.0.0.1:${port}`;
    const file = join(folder, "haproxy.cfg");
    await writeFile(file, await proposedConfiguration(port));
    words = "";
    server = spawn("haproxy", ["-db", "-f", file], { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [server.stdout, server.stderr])
      stream?.on("data", (it) => {
        words += it;
      });
    await listening(port, () => `${words} (exit ${server.exitCode})`);
  });

  afterEach(async () => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    server.kill("SIGKILL");
    await once(server, "exit");
  });

  /** As it stands in the JSON of doctor, with other addresses. */
  async function proposedConfiguration(bind: number): Promise<string> {
    const { hint = "" } = check(await diagnosed(), "socket");
    const [, block = ""] = hint.split(/^ +content: \|\n/m);
    const indent = /^ */.exec(block)?.[0] ?? "";
    const config = block
      .split("\n")
      .map((it) => it.replace(indent, ""))
      .join("\n")
      .replaceAll("$$", "$");
    const moved = config
      .replace("bind :2375", `bind 127.0.0.1:${bind}`)
      .replace("/var/run/docker.sock", engine.host.replace("unix://", ""));
    assert.equal(moved.match(/127\.0\.0\.1|fake-engine/g)?.length, 2, hint);
    return `${moved}\n`;
  }

  test("is taken by haproxy without a complaint", () => {
    assert.doesNotMatch(words, /ALERT|WARNING/);
  });

  test("lets a report through whole, with exact versions", async () => {
    const { code, stderr } = await run("report", { DOCKER_HOST: host });
    assert.equal(code, 0, stderr);
    // The question of doctor, for the configuration, came without a body.
    const [body = "", ...more] = collector.bodies.filter(Boolean);
    assert.deepEqual(more, []);
    const values = Object.fromEntries(eventsOf(body).map((it) => [it.action, it.name]));
    assert.deepEqual(values, {
      ...CONTENTS["25.10.4"]?.versions,
      "OpenWISP Version": "25.10.4",
      os_version: "Debian GNU/Linux 12 (bookworm)",
      kernel_version: "6.1.0",
      hardware_platform: "x86_64",
      "Installation Method": "docker-openwisp",
    });
    const explanation = await explained({ DOCKER_HOST: host });
    const modules = explanation.values.filter((it) => it.name in (CONTENTS["25.10.4"]?.versions ?? {}));
    assert.deepEqual([...new Set(modules.map((it) => it.evidence[0]?.source))], ["METADATA"]);
    assert.deepEqual(explanation.warnings, []);
  });

  test("gives doctor every right, and no full ones", async () => {
    const it = await diagnosed({ DOCKER_HOST: host });
    const { containers, images, info, volumes, events, archive, socket } = outcomes(it);
    assert.deepEqual([containers, images, info, volumes, events, archive], Array(6).fill("ok"));
    assert.equal(socket, undefined);
  });

  const id = "0123456789ab";
  const forbidden: [method: string, path: string][] = [
    ["POST", "/containers/create"],
    ["POST", "/v1.45/containers/create"],
    ["POST", `/containers/${id}/exec`],
    ["POST", "/containers/json"],
    ["DELETE", `/containers/${id}`],
    ["DELETE", `/containers/${id}/json`],
    ["PUT", `/containers/${id}/archive?path=/`],
    ["PATCH", "/info"],
    ["OPTIONS", "/info"],
    ["GET", `/containers/${id}/logs`],
    ["GET", `/v1.45/containers/${id}/logs?stdout=1`],
    ["GET", `/containers/${id}/export`],
    ["GET", `/containers/${id}/attach/ws`],
    ["GET", `/containers/${id}/json/../logs`],
    ["GET", `/containers/${id}/logs?/containers/json`],
    ["GET", `/containers/${id}/logs%3F/info`],
    ["GET", "/x/info"],
    ["GET", "//info"],
    ["GET", "/infox"],
    ["GET", "/images/x/get"],
    ["GET", "/images/x/get/json/"],
    ["GET", "/secrets"],
    ["GET", "/configs"],
    ["GET", "/exec/0123/json"],
    ["GET", "/volumes/x"],
    ["GET", "/plugins"],
    ["GET", "/"],
  ];
  test("refuses everything else", async () => {
    const before = engine.requests.length;
    for (const [method, path] of forbidden) assert.equal(await ask(method, path), 403, `${method} ${path}`);
    assert.deepEqual(engine.requests.slice(before), []);
  });

  const ask = (method: string, path: string) =>
    new Promise<number | undefined>((done, failed) => {
      request({ host: "127.0.0.1", port, method, path }, (it) => done(it.resume().statusCode))
        .on("error", failed)
        .end();
    });
});

/** Undefined when it can be had, else why not. */
async function obtainHaproxy(): Promise<string | false> {
  try {
    if (!(await hasCommand("haproxy"))) await installPackages(["haproxy"], () => {});
    return false;
  } catch (error) {
    return (error as Error).message;
  }
}

/** The program as another user, who can reach the sources. */
function runAs(uid: number, gid: number, args: string[]): Promise<{ code: unknown; stdout: string }> {
  return new Promise((done) => {
    const options = { uid, gid, env: { PATH: process.env.PATH ?? "", ...env } };
    const child = execFile(process.execPath, [MAIN, ...args], options, (_, stdout) =>
      done({ code: child.exitCode, stdout }),
    );
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

async function listening(port: number, whyNot: () => string): Promise<void> {
  for (let attempts = 0; attempts < 100; attempts++) {
    const socket = connect(port, "127.0.0.1");
    const connected = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (connected) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`haproxy does not listen: ${whyNot()}`);
}

/** Lines that are too long, other than those that a path makes so. */
function tooLong(output: string): string[] {
  return output
    .split("\n")
    .filter((it) => it.length > COLUMNS && !it.includes(folder) && !/ \/\S{20,}$/.test(it));
}

function outcomes({ checks }: Diagnosis): Record<string, string> {
  return Object.fromEntries(checks.map((it) => [it.name, it.outcome]));
}

/** The names of the checks that came out otherwise. */
function differences(a: Diagnosis, b: Diagnosis): string[] {
  return a.checks.filter((it, i) => JSON.stringify(it) !== JSON.stringify(b.checks[i])).map((it) => it.name);
}

function methods(requests: readonly string[]): string[] {
  return requests.map((it) => it.split(" ", 1)[0] ?? "");
}
