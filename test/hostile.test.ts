import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { describe, type TestContext, test } from "node:test";
import { gzipSync } from "node:zlib";
import { createApp } from "../src/app.ts";
import { SYSTEM_CLOCK } from "../src/clock.ts";
import { loadConfig } from "../src/config.ts";
import { createEngine } from "../src/docker/engine.ts";
import { parseEngineAddress } from "../src/docker/engine-address.ts";
import { createObserver } from "../src/installation/observe.ts";
import { createLog } from "../src/log.ts";
import { createFakeCollector, eventsOf } from "./support/fake-collector.ts";
import { createFakeEngine } from "./support/fake-engine.ts";
import {
  type Attack,
  answered,
  archive,
  changed,
  createHostileEngine,
  cutOff,
  dripping,
  endlessEntries,
  endlessFile,
  entryOfType,
  file,
  giganticName,
  giganticPaxHeader,
  headersOnly,
  rawArchive,
  silence,
  tarHeader,
} from "./support/hostile-engine.ts";
import { CONTENTS, type Miniature, miniature } from "./support/miniature.ts";
import { runSidecar, startSidecar, until } from "./support/sidecar.ts";

const PROJECT = "docker-openwisp";
const MAX_MS = 15_000;
const MAX_RSS_MB = 250;
const COMMANDS = ["preview", "explain", "explain --json", "doctor", "doctor --json", "status"];
/** No output may have these, other than line breaks. */
const UNPRINTABLE = /[^\P{C}\n]|[\p{Zl}\p{Zp}]/u;
const EVIL = "\u001b[31mPWNED\u202e\u2066\r\n\u0007\u009b2J\u2028\u200b\u0000";
const KIBI = 1024;

type Values = Readonly<Record<string, string>>;

/** What the miniature's files say. Other clues say something else, so that it shows which were used. */
const EXACT: Values = {
  ...without(CONTENTS["25.10.3"]?.versions ?? {}, "openwisp-radius"),
  "openwisp-controller": "1.2.7",
  "OpenWISP Version": "25.10.3",
  os_version: "Debian GNU/Linux 12 (bookworm)",
  kernel_version: "6.1.0",
  hardware_platform: "x86_64",
  "Installation Method": "docker-openwisp",
};
/** What is left when no file can be read: the tag, and what is known of the release it names. */
const FROM_THE_TAG: Values = {
  ...EXACT,
  ...CONTENTS["25.10.4"]?.versions,
  "OpenWISP Version": "25.10.4",
};

/** VERSION says 25.10.3 and the tag 25.10.4; the controller's version is in no table; openwisp_radius is not enabled. */
function installation(): Miniature {
  const { images, containers } = miniature("25.10.3", {
    project: PROJECT,
    tag: "25.10.4",
    versions: { ...CONTENTS["25.10.3"]?.versions, "openwisp-controller": "1.2.7" },
  });
  for (const { files } of images) {
    const settings = files["/opt/openwisp/openwisp/module_settings.py"];
    if (settings !== undefined)
      files["/opt/openwisp/openwisp/module_settings.py"] = settings.replace('"openwisp_radius",', "");
  }
  return {
    images: [...images, { reference: "postgres:17", env: { PGDATA: "/data" }, files: {} }],
    containers: [
      // Listed before all others, and in the same project.
      {
        name: "postgres",
        image: "postgres:17",
        labels: { "com.docker.compose.project": PROJECT, "com.docker.compose.service": "postgres" },
      },
      ...containers,
    ],
  };
}

// Each test has an engine of its own, so that those that wait for ten seconds can do so together.
describe("a hostile sibling costs a warning at most", () => {
  describe("by its files", { concurrency: 8 }, () => {
    const VERSION = /\/VERSION$/;
    const EVERY_FILE = / archive|\/archive /;
    const withoutVersion = { ...EXACT, "OpenWISP Version": "25.10.4" };
    const noise = randomBytes(200 * KIBI);
    const half = (bytes: Buffer) => bytes.subarray(0, bytes.length / 2);

    const attacks: [what: string, attack: Attack][] = [
      ["a file of a gigabyte that never ends", endlessFile(2 ** 30)],
      ["a file of eight gigabytes", endlessFile(8 ** 11 - 1)],
      ["a file that is a little too large", file(Buffer.alloc(256 * KIBI + 1, "25.10.9\n"))],
      ["a folder of millions of entries", endlessEntries(tarHeader("VERSION/", 0, "5"))],
      ["an empty file and then millions of entries", endlessEntries(tarHeader("VERSION", 0))],
      ["a pax header of a gigabyte", giganticPaxHeader()],
      ["a long name of a gigabyte", giganticName()],
      ["a global pax header before pax headers", rawArchive(manyPaxHeaders())],
      ["an archive in an archive in an archive", file(nested(1000))],
      ["an archive that is compressed", rawArchive(gzipSync(Buffer.alloc(50 * KIBI * KIBI)))],
      ["half a file", archive(Buffer.from("25.10.9"), "VERSION", 100_000)],
      ["half a header", rawArchive(half(tarHeader("VERSION", 8)))],
      ["an empty answer", rawArchive(Buffer.alloc(0))],
      ["a link to itself", entryOfType("symlink")],
      ["a hard link to itself", entryOfType("link")],
      ["a pipe", entryOfType("fifo")],
      ["a folder in place of the file", entryOfType("directory")],
      ["nothing but NUL bytes", file(Buffer.alloc(200 * KIBI))],
      ["an archive of NUL bytes", rawArchive(Buffer.alloc(200 * KIBI))],
      ["random bytes", file(noise)],
      ["random bytes for an archive", rawArchive(noise)],
      ["a line without an end", file(Buffer.alloc(200 * KIBI, "9"))],
      ["escape sequences", file(`25.10.9${EVIL}`)],
      ["a page of HTML for an archive", answered(200, "<html>sign in</html>")],
      ["an error of the engine", answered(500, `{"message":${JSON.stringify(EVIL)}}`)],
      ["an error of the engine that is no JSON", answered(500, EVIL)],
    ];
    for (const [what, attack] of attacks) {
      test(`${what}, for the VERSION file`, async (t) => {
        const { report } = await scene(t, { [VERSION.source]: attack });
        await report({ ...withoutVersion });
      });
      test(`${what}, for every file`, async (t) => {
        const it = await scene(t, { [EVERY_FILE.source]: attack });
        // Errors alone are the engine's: nothing is concluded from them.
        if (what.startsWith("an error of the engine")) return nothingSent(it);
        await it.report(FROM_THE_TAG);
      });
    }

    const slow: [what: string, attack: Attack][] = [
      ["a file that never comes", headersOnly],
      ["a file for which there is not even a header", silence],
      ["a file that drips a byte a second", dripping(tarHeader("VERSION", 8))],
    ];
    for (const [what, attack] of slow) {
      test(`${what}, for the VERSION file`, async (t) => {
        const { report } = await scene(t, { [VERSION.source]: attack });
        // Whether other files are read after it is not said here.
        const { "openwisp-controller": controller, ...rest } = await report();
        assert.equal(rest["OpenWISP Version"], "25.10.4");
        assert.match(controller ?? "", /^1\.2\.[37]$/);
      });
      test(`${what}, for every file`, async (t) => {
        const { report } = await scene(t, { [EVERY_FILE.source]: attack });
        await report(FROM_THE_TAG);
      });
    }

    test("a file whose connection is cut is an engine that is away", async (t) => {
      await nothingSent(await scene(t, { [VERSION.source]: cutOff }));
    });

    const others: [name: string, path: string, lost: Values][] = [
      ["module_settings.py", "/openwisp/module_settings\\.py$", { "openwisp-radius": "1.2.2" }],
      ["the project's __init__.py", "/openwisp/openwisp/__init__\\.py$", {}],
      ["METADATA", "/openwisp_controller-[^/]+/METADATA$", {}],
      ["a module's __init__.py", "/openwisp_controller/__init__\\.py$", { "openwisp-controller": "1.2.3" }],
    ];
    const rubbish: [what: string, attack: Attack][] = [
      ["NUL bytes", file(Buffer.alloc(200 * KIBI))],
      ["random bytes", file(noise)],
      ["a gigabyte", endlessFile(2 ** 30)],
      ["unclosed quotes and brackets", file(`${"INSTALLED_APPS = [\n".repeat(5000)}${"\"'".repeat(50_000)}`)],
      [
        "half a tuple and many tabs",
        file(`VERSION = (${"\t".repeat(100_000)}\nversion:${"\t".repeat(100_000)}`),
      ],
    ];
    for (const [name, path, lost] of others)
      for (const [what, attack] of rubbish)
        test(`${what} for ${name}`, async (t) => {
          const { report } = await scene(t, { [path]: attack });
          // A list that was begun is a list, if an empty one.
          const isEmptyList = what.startsWith("unclosed") && name.startsWith("module_settings");
          if (isEmptyList) await report();
          else await report({ ...EXACT, ...lost });
        });
  });

  describe("by what the engine says of it", { concurrency: 16 }, () => {
    const wrongAnswers: [what: string, attack: Attack][] = [
      ["is no JSON", answered(200, EVIL)],
      ["is half JSON", answered(200, '{"Id":"0123456789ab","Config":{"Env":["MODULE_NAME=dash')],
      ["is a list", answered(200, "[[],[]]")],
      ["is null", answered(200, "null")],
      ["has nulls for everything", answered(200, '{"Id":null,"Config":{"Env":null,"Labels":null}}')],
      ["has lists for everything", answered(200, '{"Id":[],"Config":[{"Env":{}}],"State":[]}')],
      ["is an error", answered(500, `{"message":${JSON.stringify(EVIL)}}`)],
      ["is an error that is no JSON", answered(500, EVIL)],
      ["says that it is gone", answered(404, '{"message":"No such container"}')],
      ["never comes", silence],
      ["drips a byte a second", dripping(Buffer.from('{"Config":{"Env":[]}}'))],
      ["is cut", (response) => setTimeout(() => response.destroy(), 50)],
    ];
    for (const [what, attack] of wrongAnswers)
      for (const name of ["postgres", "docker-openwisp-nginx-1"])
        test(`the details of ${name}: the answer ${what}`, async (t) => {
          const { report } = await scene(t, { [`GET /containers/{${name}}/json`]: attack });
          await report(EXACT);
        });

    // Null is how some engines say that an environment is empty.
    for (const [what, attack] of wrongAnswers.filter(([it]) => it !== "has nulls for everything"))
      test(`the celerybeat that reports itself: the answer to the question for it ${what}`, async (t) => {
        const it = await scene(
          t,
          { "GET /containers/{docker-openwisp-celerybeat-1}/json": attack },
          { celerybeatReports: true },
        );
        // A container that is gone does not report, of any other nobody knows.
        if (what === "says that it is gone") return void (await it.report(EXACT));
        await it.send();
        assert.deepEqual(it.collector.bodies, []);
      });

    test("a newer container of the dashboard's image of which nothing can be known does not speak for it", async (t) => {
      const { report } = await scene(t, {
        "GET /containers/{docker-openwisp-celery_monitoring-1}/json": answered(200, "null"),
        "GET /containers/json": changed((containers: { Names: string[]; Created: number }[]) =>
          containers.map((it) =>
            it.Names[0]?.includes("celery_monitoring") ? { ...it, Created: it.Created + 60 } : it,
          ),
        ),
      });
      const values = await report().catch(() => undefined);
      if (values) assert.deepEqual(values, EXACT);
    });

    for (const [what, attack] of wrongAnswers.slice(0, 9))
      test(`the details of the image: the answer ${what}`, async (t) => {
        const { report } = await scene(t, { "GET /images/": attack });
        await report(EXACT);
      });

    for (const [what, attack] of wrongAnswers.slice(0, 9))
      test(`the facts of the host: the answer ${what}`, async (t) => {
        const { report } = await scene(t, { "GET /info": attack });
        const { os_version, ...rest } = await report();
        assert.deepEqual(rest, without(EXACT, "os_version"));
        assert.ok(os_version === undefined || !os_version.includes("PWNED"));
      });

    for (const path of ["volumes", "networks"])
      for (const [what, attack] of wrongAnswers)
        test(`the list of ${path}: the answer ${what}`, async (t) => {
          const it = await scene(t, { [`GET /${path}`]: attack });
          // Whether it is an Install is known only when its age is.
          if (/is an error|gone|never|drips|cut/.test(what)) await nothingSent(it);
          else await it.report(EXACT);
        });
  });

  // One after the other, and in a process of its own, whose memory and time are not those of the attacker.
  describe("within bounds of time and memory", () => {
    const large: [what: string, attack: Attack][] = [
      ["files of a gigabyte", endlessFile(2 ** 30)],
      ["folders of millions of entries", endlessEntries(tarHeader("VERSION/", 0, "5"))],
      ["empty files before millions of entries", endlessEntries(tarHeader("VERSION", 0))],
      ["pax headers of a gigabyte", giganticPaxHeader()],
      ["long names of a gigabyte", giganticName()],
      ["compressed archives", rawArchive(gzipSync(Buffer.alloc(50 * KIBI * KIBI)))],
    ];
    for (const [what, attack] of large)
      test(`${what}, all over`, async (t) => {
        const { reportFromProcess } = await scene(t, { "/archive": attack });
        await reportFromProcess(FROM_THE_TAG);
      });

    test("twenty thousand apps of others: explain is short, and its JSON is whole", async (t) => {
      const apps = Array.from({ length: 20_000 }, (_, i) => `"openwisp_${i}",`).join("");
      const settings = `INSTALLED_APPS = [\n"openwisp_users",\n${apps.slice(0, 250_000)}"]\n`;
      const { reportFromProcess, run } = await scene(t, { "/module_settings\\.py$": file(settings) });
      const others = Object.keys(EXACT).filter((it) => /^openwisp-(?!users)/.test(it));
      await reportFromProcess(without(EXACT, ...others));
      const { stdout: json } = await run(["explain", "--json"]);
      assert.doesNotThrow(() => JSON.parse(json), `cut after ${json.length} characters`);
      const { stdout } = await run(["explain"]);
      assert.ok(stdout.split("\n").length < 500, `${stdout.split("\n").length} lines`);
    });

    const megabyte = "PWNED ".repeat(175_000);
    test("labels of a megabyte", async (t) => {
      const labels = { "com.example.big": megabyte, "io.openwisp.version": megabyte };
      await everywhere(t, (it) => {
        if (/postgres|dashboard/.test(it.Image)) it.Labels = { ...it.Labels, ...labels };
      });
    });

    test("an environment of ten thousand entries, one of a megabyte", async (t) => {
      const { reportFromProcess } = await scene(t, {
        "GET /containers/[0-9a-f]+/json": changed((it: { Config: { Env: string[] } }) => {
          const env = Array.from({ length: 10_000 }, (_, i) => `PWNED_${i}=${EVIL}`);
          it.Config.Env = [`A=${megabyte}`, "", "=", ...env, ...it.Config.Env];
          return it;
        }),
      });
      await reportFromProcess(EXACT);
    });

    test("names, images and label values with control characters", async (t) => {
      await everywhere(t, (it) => {
        const labels = ["version", "installation-method", "role", "metrics.ignore", "module.openwisp-users"];
        it.Names = [`/${EVIL}`];
        it.Command = EVIL;
        for (const name of labels) it.Labels[`io.openwisp.${name}`] = `1.2.3${EVIL}`;
        it.Labels["com.docker.compose.service"] = EVIL;
        it.Labels[EVIL] = EVIL;
        if (/postgres|nginx/.test(it.Image)) Object.assign(it, { Image: EVIL, ImageID: EVIL, Status: EVIL });
      });
    });

    test("a project, a state and an id with control characters, on containers of others", async (t) => {
      await everywhere(t, (it) => {
        if (!/postgres/.test(it.Image)) return;
        it.Labels["com.docker.compose.project"] = EVIL;
        it.Labels["io.openwisp.role"] = "dashboard";
        Object.assign(it, { State: `running${EVIL}`, Created: EVIL });
      });
    });

    test("an image's tags and labels with control characters", async (t) => {
      const { reportFromProcess, showEverything } = await scene(t, {
        "GET /images/": changed((it: { RepoTags: string[]; Config: { Labels: object } }) => {
          it.RepoTags = [EVIL, `openwisp/openwisp-dashboard:25.10.9${EVIL}`, ...it.RepoTags];
          it.Config.Labels = { "io.openwisp.version": EVIL, "io.openwisp.installation-method": EVIL };
          return it;
        }),
      });
      await reportFromProcess(EXACT);
      await showEverything();
    });

    test("the host's names with control characters", async (t) => {
      const { reportFromProcess, showEverything } = await scene(t, {
        "GET /info": changed((it: object) => ({
          ...it,
          OperatingSystem: "De\u001b[31mbian\u202e\r\n 12",
          KernelVersion: "6.1.0\n\u001b-28",
          Architecture: "x86\u0000_64",
        })),
      });
      await reportFromProcess({ ...EXACT, os_version: "De[31mbian 12" });
      await showEverything();
    });

    for (const [what, image] of [
      ["of one image", () => "a".repeat(64)],
      ["each of an image of its own", (i: number) => i.toString(16).padStart(64, "b")],
    ] as const)
      test(`ten thousand containers of others, ${what}`, async (t) => {
        const { reportFromProcess } = await scene(t, {
          "GET /containers/json": changed((it: object[]) => [...crowd("some/thing:1", image), ...it]),
          "GET /containers/c0ffee[0-9a-f]+/json": answered(200, '{"Config":{"Env":["PATH=/bin"]}}'),
        });
        await reportFromProcess(EXACT);
      });

    test("ten thousand containers that call themselves OpenWISP, each in a project of its own", async (t) => {
      const { reportFromProcess, run } = await scene(t, {
        "GET /containers/json": changed((it: object[]) => [
          ...crowd("evil/openwisp-dashboard:25.10.1", () => "a".repeat(64)),
          ...it,
        ]),
        "GET /containers/c0ffee[0-9a-f]+/json": answered(200, '{"Config":{"Env":["PATH=/bin"]}}'),
      });
      await reportFromProcess(EXACT);
      const { stderr } = await run(["preview"], { OPENWISP_PROJECT: "" });
      assert.match(stderr, /several OpenWISP installations run here.*set OPENWISP_PROJECT/s);
      assert.ok(stderr.length < 10 * KIBI, `${stderr.length} characters of warning`);
    });
  });

  test("a container that disappears between the list and the question for it", async (t) => {
    const { report } = await scene(t, {
      "GET /containers/json": changed((it: object[]) => [
        ...crowd("openwisp/openwisp-dashboard:25.10.4", () => "a".repeat(64)).slice(0, 20),
        ...it,
      ]),
    });
    await report(EXACT);
  });

  test("a container that disappears while its files are read: the next look is exact again", async (t) => {
    const attacks: Record<string, Attack> = {
      "/archive": answered(404, '{"message":"No such container: 1"}'),
    };
    const { env, calm } = await scene(t, attacks);
    const viewpoint = {
      project: PROJECT,
      ownIds: [],
      configuredMethod: undefined,
      localHost: async () => [],
    };
    const observe = createObserver(createEngine(parseEngineAddress(env)), viewpoint);
    await observe();
    calm();
    const seen = await observe();
    assert.equal(seen.kind === "seen" && seen.snapshot.openwispVersion.value, "25.10.3");
    assert.equal(seen.kind === "seen" && seen.snapshot.modules["openwisp-controller"]?.value, "1.2.7");
  });

  test("the daemon goes on when the list of volumes never comes", async (t) => {
    const it = await scene(t, { "GET /volumes": silence });
    const sidecar = startSidecar(["run"], { env: { ...it.env, SETTLE_SECONDS: "0" } });
    t.after(() => sidecar.stop("SIGKILL"));
    const over = () =>
      sidecar.process.exitCode !== null || sidecar.stdout().includes("age of the installation");
    await until("a word on it or the end", over, 2 * MAX_MS);
    assert.equal(sidecar.process.exitCode, null, sidecar.stdout() + sidecar.stderr());
  });
});

async function nothingSent({ send, collector }: Awaited<ReturnType<typeof scene>>): Promise<void> {
  await send();
  assert.deepEqual(collector.bodies, []);
}

/** The program before an engine with these attacks, by a regular expression of the request; `{name}` is a container's id. */
async function scene(
  t: TestContext,
  attacks: Readonly<Record<string, Attack>>,
  { celerybeatReports = false } = {},
) {
  const openwisp = installation();
  if (celerybeatReports)
    for (const it of openwisp.containers)
      if (it.name.includes("celerybeat")) it.env = { ...it.env, METRIC_COLLECTION: "True" };
  const fake = await createFakeEngine(openwisp);
  const hostile = await createHostileEngine(fake.host);
  const collector = await createFakeCollector();
  const folder = await mkdtemp(join(tmpdir(), "hostile-test-"));
  t.after(async () => {
    await hostile.close();
    await fake.close();
    await collector.close();
    await rm(folder, { recursive: true, force: true });
  });

  const listed = await createEngine(parseEngineAddress({ DOCKER_HOST: fake.host })).listContainers();
  const idOf = (name: string) => listed.find((it) => it.name === name)?.id ?? assert.fail(`no ${name}`);
  const patterns = Object.entries(attacks).map(
    ([pattern, attack]) =>
      [new RegExp(pattern.replace(/\{([a-z_][\w-]+)\}/g, (_, name) => idOf(name))), attack] as const,
  );
  hostile.attack = (request) => patterns.find(([pattern]) => pattern.test(request))?.[1];

  const env = {
    DOCKER_HOST: hostile.host,
    COLLECTOR_URL: collector.url,
    STATE_DIR: join(folder, "state"),
    OPENWISP_PROJECT: PROJECT,
    LOG_LEVEL: "trace",
    LOG_FORMAT: "text",
  };

  function checkOutput(output: string) {
    const [found] = UNPRINTABLE.exec(output) ?? [];
    assert.equal(found && JSON.stringify(found), undefined, JSON.stringify(output.slice(0, 2000)));
  }

  function checkTime(started: number, allowedMs = MAX_MS) {
    const ms = Date.now() - started;
    assert.ok(ms < allowedMs, `it took ${ms} ms`);
  }

  /** A command in a process of its own, within its bounds of time and memory. */
  async function run(args: string[], more: Record<string, string> = {}) {
    const peak = join(folder, `peak of ${args.join(" ")}`);
    const started = Date.now();
    const result = await runSidecar(args, { env: { ...env, ...more, ...tellPeak(peak) } });
    checkTime(started, args[0] === "doctor" ? 2 * MAX_MS : MAX_MS);
    const rss = Number(/VmHWM:\s+(\d+) kB/.exec(await readFile(peak, "utf8"))?.[1]) / KIBI;
    assert.ok(rss < MAX_RSS_MB, `${args} took ${rss} MB`);
    checkOutput(result.stdout);
    checkOutput(result.stderr);
    return result;
  }

  /** Sends a report, in this process, and gives the log. */
  async function send(): Promise<string> {
    let log = "";
    const destination = new PassThrough({ encoding: "utf8" }).on("data", (line) => {
      log += line;
    });
    const app = createApp(loadConfig(env), {
      version: "0.0.0",
      clock: SYSTEM_CLOCK,
      random: Math.random,
      log: createLog({ level: "trace", format: "text", destination, now: () => new Date() }),
      pid: process.pid,
      user: { uid: 0, gids: [0] },
      surroundings: { hostname: "test", readText: () => undefined },
    });
    const started = Date.now();
    await app.report(new AbortController().signal);
    checkTime(started);
    checkOutput(log);
    return log;
  }

  function received(log: string, expected: Values | undefined): Values {
    const [body = assert.fail(`nothing was sent: ${log}`), ...more] = collector.bodies;
    assert.deepEqual(more, []);
    assert.doesNotMatch(body, /PWNED|\\u|\\[rnt]/);
    checkOutput(body);
    const complaints = log.split("\n").filter((it) => /WARN|ERROR|did not give/.test(it));
    assert.ok(complaints.length <= 1, log);
    const values = Object.fromEntries(eventsOf(body).map((it) => [it.action, it.name]));
    if (expected) assert.deepEqual(values, expected);
    return values;
  }

  return {
    env,
    collector,
    run,
    send,
    /** From now on the engine answers as it should. */
    calm: () => {
      hostile.attack = () => undefined;
    },
    /** Sends a report and gives what arrived, which is `expected`. */
    report: async (expected?: Values) => received(await send(), expected),
    /** The same in a process of its own, whose memory can be told from the attacker's. */
    async reportFromProcess(expected: Values) {
      const { code, stderr } = await run(["report"]);
      assert.equal(code, 0, stderr);
      received(stderr, expected);
    },
    async showEverything() {
      const codes = await Promise.all(COMMANDS.map(async (it) => (await run(it.split(" "))).code));
      assert.deepEqual(
        codes,
        COMMANDS.map(() => 0),
      );
    },
  };
}

/** Every container with something changed in it, in the list and in its details. */
async function everywhere(t: TestContext, change: (it: ListedContainer) => void) {
  const { reportFromProcess, showEverything } = await scene(t, {
    "GET /containers/json": changed((containers: ListedContainer[]) => {
      for (const it of containers) change(it);
      return containers;
    }),
    "GET /containers/[0-9a-f]+/json": changed((details: { Config: ListedContainer }) => {
      change(details.Config);
      return details;
    }),
  });
  await reportFromProcess(EXACT);
  await showEverything();
}

interface ListedContainer {
  Names: string[];
  Image: string;
  Command: string;
  Labels: Record<string, string>;
}

function crowd(reference: string, imageId: (i: number) => string): object[] {
  return Array.from({ length: 10_000 }, (_, i) => ({
    Id: `c0ffee${i.toString(16).padStart(58, "0")}`,
    Names: [`/${EVIL}${i}`],
    Image: reference,
    ImageID: `sha256:${imageId(i)}`,
    State: "running",
    Created: 1_700_000_000 + i,
    Labels: { "com.docker.compose.project": `evil-${i}` },
  }));
}

/** Makes a Node process write down, at its end, how large it was at its largest. */
function tellPeak(path: string): Record<string, string> {
  const code = `import fs from "node:fs"; process.on("exit", () => fs.writeFileSync(${JSON.stringify(path)}, fs.readFileSync("/proc/self/status")))`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` };
}

/** Pax headers that overwrite each other, the last of which claims a size that is none. */
function manyPaxHeaders(): Buffer {
  const record = Buffer.alloc(512);
  record.write("30 path=../../../etc/shadow..\n22 size=-123456789012\n");
  const headers = Array.from({ length: 100 }, (_, i) => [tarHeader("pax", 52, i % 2 ? "x" : "g"), record]);
  return Buffer.concat([...headers.flat(), tarHeader("VERSION", 8)]);
}

/** Archives in each other, 1 KB for each level. */
function nested(levels: number): Buffer {
  const depth = Math.min(levels, 200);
  const headers = Array.from({ length: depth }, (_, i) => tarHeader("VERSION", (depth - i) * 512));
  return Buffer.concat(headers);
}

function without(values: Values, ...names: string[]): Values {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name)));
}
