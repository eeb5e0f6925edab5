import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { machine, release, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, before, beforeEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createFakeCollector, eventsOf, type FakeCollector } from "./support/fake-collector.ts";
import { createFakeEngine, type FakeEngine } from "./support/fake-engine.ts";
import { miniature } from "./support/miniature.ts";
import { freePort, isListening } from "./support/page-visit.ts";
import { runSidecar, type Sidecar, startSidecar, until } from "./support/sidecar.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const sources = join(root, "src/main.ts");
const bundle = join(root, "dist/openwisp-metrics.js");

const isAtRest = ({ process: { pid } }: Sidecar) =>
  /rest\.(ts|cjs)\0/.test(readFileSync(`/proc/${pid}/cmdline`, "utf8"));

for (const program of [sources, bundle])
  describe(`the process, from ${program === bundle ? "the bundle" : "the sources"}`, () => {
    let engine: FakeEngine;
    let collector: FakeCollector;
    let stateDir: string;
    let env: Record<string, string>;
    let pagePort: number;

    before(async () => {
      if (program === bundle) await promisify(execFile)("npm", ["run", "build"], { cwd: root });
    });

    beforeEach(async () => {
      engine = await createFakeEngine(miniature("25.10.4"));
      collector = await createFakeCollector();
      stateDir = await mkdtemp(join(tmpdir(), "process-test-"));
      pagePort = await freePort();
      env = { DOCKER_HOST: engine.host, COLLECTOR_URL: collector.url, STATE_DIR: join(stateDir, "state") };
    });

    afterEach(async () => {
      await engine.close();
      await collector.close();
      await rm(stateDir, { recursive: true, force: true });
    });

    const run = (args: string[], more: Record<string, string> = {}) =>
      runSidecar(args, { program, env: { ...env, ...more } });
    const start = (args: string[], more: Record<string, string> = {}) =>
      startSidecar(args, { program, env: { ...env, ...more } });

    type Case = [what: string, args: string[], env: Record<string, string>, code: number, output: RegExp];
    const cases: Case[] = [
      [
        "a report that is delivered",
        ["report"],
        {},
        0,
        /sent Install: 16 events; the collector answered 204/,
      ],
      ["a report while off", ["report"], { METRIC_COLLECTION: "False" }, 0, /usage metrics are off/],
      [
        "a report nobody answers",
        ["report"],
        { COLLECTOR_URL: "http://127.0.0.1:1/" },
        3,
        /refused.*is kept/,
      ],
      [
        "a report without an engine",
        ["report"],
        { DOCKER_HOST: "unix:///nowhere" },
        1,
        /no Docker socket.*mount/,
      ],
      [
        "a report without OpenWISP",
        ["report"],
        { OPENWISP_PROJECT: "other" },
        1,
        /no OpenWISP container.*OPENWISP_PROJECT/,
      ],
      [
        "a preview",
        ["preview"],
        {},
        0,
        /^\{"idsite":5,"events":\[\{"category":"Install","action":"openwisp-controller"/,
      ],
      ["a preview while off", ["preview"], { METRIC_COLLECTION: "False" }, 0, /"category":"Install"/],
      ["the status before anything", ["status"], {}, 0, /Last report +none yet/],
      ["the status as JSON", ["status", "--json"], {}, 0, /"usageMetrics": "on"/],
      ["the history before anything", ["history"], {}, 0, /^nothing was reported yet\n$/],
      ["a history of nothing", ["history", "--limit", "0"], {}, 2, /expected a whole number from 1/],
      [
        "an opt-out that is delivered",
        ["opt-out"],
        {},
        0,
        /metrics are off: opted out on the command line.*One last event was sent/s,
      ],
      ["an opt-out nobody answers", ["opt-out"], { COLLECTOR_URL: "http://127.0.0.1:1/" }, 3, /event waits/],
      ["an opt-in of what is on", ["opt-in"], {}, 0, /^Nothing to do\. Usage metrics are on/],
      ["an opt-in against the environment", ["opt-in"], { DO_NOT_TRACK: "1" }, 0, /are off: DO_NOT_TRACK/],
      ["the help of a command", ["opt-out", "--help"], {}, 0, /Examples:\n {2}docker compose exec/],
      ["the health of nothing", ["healthcheck"], {}, 1, /unhealthy: the daemon is not running/],
      ["the health while off", ["healthcheck"], { DO_NOT_TRACK: "1" }, 0, /healthy: usage metrics are off/],
      ["the help", ["--help"], {}, 0, /Usage: openwisp-metrics/],
      ["the version", ["--version"], {}, 0, /^\d+\.\d+\.\d+\n$/],
      ["an unknown command", ["reprot"], {}, 2, /unknown command|too many arguments/],
      ["an unknown option", ["status", "--yaml"], {}, 2, /unknown option '--yaml'/],
      [
        "a folder that is none",
        ["report"],
        { STATE_DIR: "/dev/null/x" },
        1,
        /state.*cannot be opened: \/dev\/null is a file.*metrics_data/s,
      ],
    ];
    for (const [what, args, more, code, output] of cases)
      test(`${what}: exit ${code}`, async () => {
        const result = await run(args, more);
        assert.match(result.stdout + result.stderr, output);
        assert.equal(result.code, code, result.stderr);
      });

    test("every problem of the configuration is named at once: exit 2", async () => {
      const wrong = {
        COLLECTOR_SITE_ID: "five",
        HEARTBEAT_SCHEDULE: "daily",
        SETTLE_SECONDS: "-1",
        DOCKER_HOST: "ssh://x",
      };
      const { code, stdout, stderr } = await run(["run"], wrong);
      assert.equal(code, 2);
      assert.equal(stdout, "");
      assert.equal(stderr.trim().split("\n").length, 5, "a headline, and a line each");
      for (const [name, value] of Object.entries(wrong))
        assert.ok(stderr.includes(`${name} is "${value}"`), stderr);
    });

    test("preview and state while nothing is stored: no state is made", async () => {
      await run(["preview"]);
      await run(["status"]);
      await run(["healthcheck"]);
      assert.equal(existsSync(env.STATE_DIR ?? ""), false);
    });

    test("standing by ends with 0 and sends nothing", async () => {
      engine.install(miniature("25.10.4", { environment: { METRIC_COLLECTION: "True" } }));
      const { code, stderr } = await run(["report"]);
      assert.equal(code, 0);
      assert.match(stderr, /standing by/);
      assert.deepEqual(collector.requests, []);
    });

    test("a refused report is final: exit 1, and nothing waits", async () => {
      collector.answer = { status: 403 };
      assert.equal((await run(["report"])).code, 1);
      assert.deepEqual(JSON.parse((await run(["status", "--json"])).stdout).waiting, []);
    });

    test("what was killed while the collector was silent is sent by the next start, once", async () => {
      collector.answer = "hang";
      const sidecar = start(["run"], { SETTLE_SECONDS: "0" });
      await until("the attempt", () => collector.bodies.length === 1);
      assert.equal(await sidecar.stop("SIGKILL"), "SIGKILL");
      collector.answer = { status: 204 };
      const next = start(["run"], { SETTLE_SECONDS: "0" });
      await until("the delivery", () => next.stdout().includes("sent Install"));
      await next.stop();
      assert.equal(collector.bodies.length, 2);
      assert.equal(collector.bodies[0], collector.bodies[1]);
    });

    const phases: [when: string, prepare: () => Record<string, string>, reached: (it: Sidecar) => boolean][] =
      [
        ["settling", () => ({}), (it) => it.stdout().includes("first look")],
        ["off", () => ({ METRIC_COLLECTION: "off" }), (it) => it.stdout().includes("are off")],
        ["waiting for a silent collector", silentCollector, () => collector.bodies.length > 0],
        ["waiting for a silent engine", silentEngine, () => engine.requests.includes("GET /info")],
        [
          "unable to use its state",
          () => ({ STATE_DIR: "/dev/null/x" }),
          (it) => it.stdout().includes("cannot be"),
        ],
      ];
    for (const [when, prepare, reached] of phases)
      test(`SIGTERM while ${when} ends it within 2 seconds, with 0`, async () => {
        const sidecar = start(["run"], { SETTLE_SECONDS: when === "settling" ? "60" : "0", ...prepare() });
        await until(when, () => reached(sidecar));
        const asked = Date.now();
        assert.equal(await sidecar.stop(), 0, sidecar.stderr());
        assert.ok(Date.now() - asked < 2_000);
        assert.equal(sidecar.stderr(), "");
        assert.match(sidecar.stdout(), /stopped\n$/);
      });

    test("where the engine tells neither kernel nor platform, this machine's stand in", async () => {
      engine.intercept = (_, path) => (["/info", "/version"].includes(path) ? 403 : undefined);
      const { stdout } = await run(["preview"]);
      const told = Object.fromEntries(eventsOf(stdout).map((it) => [it.action, it.name]));
      assert.equal(told.kernel_version, release().split("-", 1)[0]);
      assert.equal(told.hardware_platform, machine());
    });

    /** Switched off, and nobody has asked for the page. */
    async function startResting() {
      const tokenFile = join(stateDir, "token");
      await writeFile(tokenFile, "the-token-of-this-test");
      const off = { METRIC_COLLECTION: "off", SYSTEM_INFO_PORT: String(pagePort) };
      const sidecar = start(["run"], { ...off, SYSTEM_INFO_TOKEN_FILE: tokenFile });
      await until("it rests", () => isAtRest(sidecar) && isListening(pagePort), 30_000);
      return { sidecar, off, tokenFile };
    }

    test("off, it goes on as a process that only waits, and shows the page to who asks", async () => {
      const { sidecar } = await startResting();
      const ask = (path: string, init: RequestInit = {}) =>
        fetch(`http://127.0.0.1:${pagePort}${path}`, { redirect: "manual", ...init });
      // Several at once, the first of whom have it loaded.
      const answers = await Promise.all(["/healthz", "/", "/healthz"].map((path) => ask(path)));
      assert.deepEqual(
        answers.map((it) => it.status),
        [200, 401, 200],
      );
      assert.match((await answers[0]?.text()) ?? "", /^healthy: usage metrics are off: METRIC_COLLECTION/);
      assert.deepEqual([engine.requests, collector.bodies], [[], []]);
      const signedIn = await ask("/?token=the-token-of-this-test");
      const cookie = signedIn.headers.get("set-cookie")?.split(";", 1)[0] ?? "";
      const page = await ask("/", { headers: { cookie } });
      assert.equal(page.status, 200);
      assert.match(await page.text(), /Usage metrics are off/);
      assert.equal(await sidecar.stop(), 0);
      assert.deepEqual([sidecar.stdout().split("\n").at(-2)?.slice(-7), sidecar.stderr()], ["stopped", ""]);
    });

    test("off, what is wrong with the page is said and tried again, also when it rests", async () => {
      const { sidecar, off, tokenFile } = await startResting();
      const second = start(["run"], off);
      await until("the second one", () => second.stdout().includes("cannot be served"));
      assert.match(second.stdout(), /cannot be served: port \d+ is taken; .*; it is tried every minute\n/);
      assert.doesNotMatch(second.stdout(), /page is at/);
      await rm(tokenFile);
      await assert.rejects(fetch(`http://127.0.0.1:${pagePort}/healthz`));
      await until("the error", () => /SYSTEM_INFO_TOKEN_FILE does not exist/.test(sidecar.stdout()));
      assert.deepEqual([await second.stop(), await sidecar.stop(), sidecar.stderr()], [0, 0, ""]);
    });

    test("a second signal ends it at once", async () => {
      // One that does not end by itself: what it prints last never arrives.
      const clog = join(stateDir, "clog.mjs");
      const code =
        "setInterval(() => {}, 100); const { stdout } = process; const write = stdout.write.bind(stdout);";
      await writeFile(clog, `${code} stdout.write = (text, ...more) => text === "" || write(text, ...more);`);
      const sidecar = start(["run"], { NODE_OPTIONS: `--import=${clog}` });
      await until("the start", () => sidecar.stdout().includes("first look"));
      sidecar.process.kill("SIGTERM");
      await until("the end", () => sidecar.stdout().includes("stopped"));
      assert.equal(await sidecar.stop("SIGINT"), 1);
    });

    test("an unexpected exception is one line with a hint, exit 1, and the state is intact", async () => {
      await run(["report"]);
      const bomb = join(stateDir, "bomb.mjs");
      await writeFile(bomb, 'setTimeout(() => JSON.parse("canary-secret"), 700)');
      const sidecar = start(["run"], { NODE_OPTIONS: `--import=${bomb}` });
      assert.equal(await sidecar.ended, 1);
      assert.match(
        sidecar.stderr(),
        /^openwisp-metrics failed unexpectedly: SyntaxError at bomb\.mjs:1:\d+ .*this is a bug, please report.*intact\n$/,
      );
      assert.doesNotMatch(sidecar.stdout() + sidecar.stderr(), /canary/);
      assert.match((await run(["status"])).stdout, /Last report +Install of .*delivered/);
    });

    test("a preview as JSON has the body, its SHA-256, and why it would not be sent", async () => {
      engine.install(miniature("25.10.4", { environment: { METRIC_COLLECTION: "True" } }));
      const { body, sha256, held } = JSON.parse((await run(["preview", "--json"])).stdout);
      assert.equal(sha256, createHash("sha256").update(body).digest("hex"));
      assert.equal(JSON.parse(body).events.length, 16);
      assert.equal(held, "standing by");
    });

    test("colours are for terminals", async () => {
      const sequence = "\u001b[";
      assert.ok(!(await run(["status"])).stdout.includes(sequence));
      assert.ok((await run(["status"], { FORCE_COLOR: "1" })).stdout.includes(sequence));
      assert.ok(!(await run(["status"], { NO_COLOR: "1" })).stdout.includes(sequence));
    });

    test("what was reported is in the history, byte for byte", async () => {
      await run(["report"]);
      await run(["opt-out"]);
      const text = (await run(["history"])).stdout;
      assert.match(text, /^ +2 .* Consent Withdrawn +delivered \(HTTP 204\)\n +1 .* Install +delivered/m);
      for (const line of text.split("\n")) assert.ok(line.length <= 80, line);
      const [withdrawn, install] = JSON.parse((await run(["history", "--json"])).stdout);
      assert.deepEqual([install.body, withdrawn.body], collector.bodies);
      assert.equal(install.attempts[0].outcome, "HTTP 204");
    });

    test("opted out, a report sends nothing, and the status says who decided", async () => {
      await run(["opt-out"]);
      const { code, stderr } = await run(["report"]);
      assert.equal(code, 0);
      assert.match(stderr, /usage metrics are off: opted out on the command line/);
      assert.deepEqual(collector.categories(), ["Consent Withdrawn"]);
      assert.match((await run(["status"])).stdout, /Usage metrics +off: opted out on the command line/);
      await run(["opt-in"]);
      await run(["report"]);
      assert.deepEqual(collector.categories(), ["Consent Withdrawn", "Install"]);
    });

    test("the running daemon is healthy, and no longer when it was stopped", async () => {
      const sidecar = start(["run"], { SETTLE_SECONDS: "0" });
      await until("the report", () => collector.bodies.length > 0);
      assert.equal((await run(["healthcheck"])).code, 0);
      await sidecar.stop();
      assert.equal((await run(["healthcheck"])).code, 1);
    });

    test("LOG_FORMAT=json gives one JSON object a line", async () => {
      const { stderr } = await run(["report"], { LOG_FORMAT: "json" });
      const entries = stderr
        .trim()
        .split("\n")
        .map((it) => JSON.parse(it));
      assert.ok(entries.some((it) => it.level === "info" && it.msg.startsWith("found OpenWISP 25.10.4")));
    });

    function silentCollector() {
      collector.answer = "hang";
      return {};
    }

    function silentEngine() {
      engine.hang = (path) => path === "/info";
      return {};
    }
  });
