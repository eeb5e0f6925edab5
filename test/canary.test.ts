/**
 * Every answer of the engine, every file that is read and every variable of the environment is full of secrets, each
 * of which can be told from the others; canary-faults.test.ts lets things go wrong among them. What `explain` shows the admin by design is looked for everywhere else. Left
 * out is what is said to the admin by design, too: the names of the projects where several installations run, and the
 * values of variables that are wrong.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { password } from "./support/canary.ts";
import { SHOWN } from "./support/canary-installation.ts";
import { type CanaryWorld, createCanaryWorld } from "./support/canary-world.ts";
import { COMMANDS } from "./support/commands.ts";
import { eventsOf } from "./support/fake-collector.ts";
import { until } from "./support/sidecar.ts";

const LOGS: readonly Record<string, string>[] = [{ LOG_FORMAT: "text" }, { LOG_FORMAT: "json", DEBUG: "*" }];

describe("no secret gets out", () => {
  let world: CanaryWorld;

  beforeEach(async () => {
    world = await createCanaryWorld();
  });

  afterEach(() => world.close());

  const noLeaks = async () => assert.deepEqual(await world.leaks(), []);

  for (const env of LOGS)
    test(`by the daemon through Install, Upgrade and Heartbeat, nor by a command meanwhile, with ${Object.entries(env)}`, async () => {
      const daemon = world.start(["run"], { env });
      const isSent = (category: string) =>
        until(`the ${category}, after ${daemon.stdout()}${daemon.stderr()}`, () =>
          daemon.stdout().includes(`sent ${category}`),
        );
      await isSent("Install");
      await until("the page", () => daemon.stdout().includes("System Info page is at"));
      await world.hearState("after the Install");
      await world.visitPage();
      world.engine.install("25.10.4");
      await isSent("Upgrade");
      await world.hearState("after the Upgrade");
      for (const command of COMMANDS) await world.run(command.split(" "), { env });
      await daemon.stop();
      const sent = world.collector.bodies.filter(Boolean).map((it) => eventsOf(it)[0]?.category);
      assert.deepEqual(sent, ["Install", "Upgrade", "Heartbeat", "Consent Withdrawn", "Heartbeat"]);
      await noLeaks();
    });

  test("by the heartbeat of the daemon", async () => {
    await world.run(["report"]);
    const slot = new Date(Date.now() + 3_000);
    const daemon = world.start(["run"], {
      env: { HEARTBEAT_SCHEDULE: `${slot.getUTCSeconds()} ${slot.getUTCMinutes()} * * * *` },
    });
    await until("the Heartbeat", () => daemon.stdout().includes("sent Heartbeat"));
    await daemon.stop();
    await noLeaks();
  });

  test("though what explain shows is full of them", async () => {
    for (const command of ["explain", "explain --json"]) {
      const { stdout } = await world.run(command.split(" "));
      const shown = world.canaries.find(stdout).map((it) => it.place);
      assert.deepEqual(
        shown.toSorted(),
        [
          "another name of the image",
          "app of dashboard",
          "local suffix of ipam in dashboard",
          "local suffix of the literal in dashboard",
          "method of dashboard",
        ].map((it) => `${SHOWN} ${it}`),
      );
    }
    await noLeaks();
  });

  test("by a daemon that is off, or by one that is told to say all that Node can say", async () => {
    const off = world.start(["run"], { env: { METRIC_COLLECTION: "False" } });
    await until("the page", () => off.stdout().includes("System Info page is at"));
    await world.visitPage();
    await off.stop();
    const env = { NODE_DEBUG: "http,net", DEBUG: "*", DEBUG_HIDE_DATE: "1" };
    for (const command of ["report", "doctor"]) {
      const { stderr } = await world.run([command], { env });
      assert.match(stderr, /NODE_DEBUG .* can expose sensitive data/);
    }
    await noLeaks();
  });

  test("of the commands none is forgotten here", async () => {
    const names = (help: string) => [...help.matchAll(/^ {2}([a-z-]+) /gm)].map((it) => it[1] ?? "");
    const { stdout } = await world.run(["--help"]);
    const tried = new Set(["run", ...COMMANDS.map((it) => it.split(" ", 1)[0] ?? "")]);
    const listed = names(stdout.slice(stdout.indexOf("Commands:")).split("\n\n", 1)[0] ?? "");
    assert.deepEqual([...tried].toSorted(), listed.toSorted());
    for (const name of listed) {
      const help = (await world.run([name, "--help"])).stdout;
      assert.equal(help.includes("--json"), COMMANDS.includes(`${name} --json`), name);
    }
  });
});

/** A program that lets a secret out wherever one can get out. */
const LEAKY = `
import { mkdirSync } from "node:fs";
import { createServer } from "node:http";
import { DatabaseSync } from "node:sqlite";
const { SECRET, STATE_DIR, HTTP_PROXY, SYSTEM_INFO_PORT } = process.env;
process.stdout.write("x".repeat(10) + SECRET);
process.stderr.write(SECRET + "x");
mkdirSync(STATE_DIR, { recursive: true });
const db = new DatabaseSync(STATE_DIR + "/leaky.sqlite");
db.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (x); INSERT INTO t VALUES ('" + SECRET + "')");
if (process.argv[2] === "deleted") db.exec("DELETE FROM t");
if (process.argv[2] === "killed") process.kill(process.pid, "SIGKILL");
db.close();
if (process.argv[2] === "page") createServer((_, it) => it.end(SECRET)).listen(SYSTEM_INFO_PORT, () => console.log("up"));
const headers = { "x-secret": SECRET };
await fetch(new URL(HTTP_PROXY).origin, { method: "POST", headers, body: '{"events":"' + SECRET + '"}' });
`;

describe("these tests find a secret that gets out", () => {
  let world: CanaryWorld;
  let program: string;

  beforeEach(async () => {
    world = await createCanaryWorld();
    program = join(world.stateDir, "..", "leaky.mjs");
    await writeFile(program, LEAKY);
  });

  afterEach(() => world.close());

  const leakingPlaces = async () => (await world.leaks()).map((it) => it.split(":", 1)[0]);

  test("on both outputs, in the state, in a body and in a header", async () => {
    await world.run(["leak"], { program, env: { SECRET: world.canaries.mark("planted") } });
    assert.deepEqual(await leakingPlaces(), [
      "standard output of leak with SECRET",
      "standard error of leak with SECRET",
      "leaky.sqlite in the end",
      "body of request 0",
      "headers of request 0",
    ]);
  });

  test("in rows that were deleted, and in what SQLite has not written into its file yet", async () => {
    const env = { SECRET: world.canaries.mark("planted") };
    await world.run(["deleted"], { program, env });
    assert.ok((await leakingPlaces()).includes("leaky.sqlite in the end"));
    await world.run(["killed"], { program, env: { ...env, STATE_DIR: join(world.stateDir, "killed") } });
    assert.ok((await leakingPlaces()).includes("leaky.sqlite-wal in the end"));
  });

  test("on the System Info page", async () => {
    const page = world.start(["page"], { program, env: { SECRET: world.canaries.mark("planted") } });
    await until("the page", () => page.stdout().includes("up"));
    await world.visitPage();
    assert.ok((await leakingPlaces()).includes("System Info page /healthz"));
  });

  test("in every spelling", async () => {
    const secret = world.canaries.mark("planted", password);
    const digest = (algorithm: string) => createHash(algorithm).update(secret).digest();
    const word = /canary\w+/.exec(secret)?.[0] ?? "";
    const spellings = [
      secret,
      secret.toUpperCase(),
      JSON.stringify(secret),
      encodeURIComponent(secret),
      `a${Buffer.from(secret).toString("hex")}`,
      ...["", "u", "us", "user:"].map((it) => Buffer.from(`${it}${secret} and more`).toString("base64")),
      Buffer.from(word).toString("base64url"),
      ...["sha256", "sha1", "md5"].map((it) => digest(it).toString("hex")),
      digest("sha256").toString("hex").slice(0, 12).toUpperCase(),
      digest("sha256").toString("base64"),
    ];
    for (const spelling of spellings) {
      const found = world.canaries.find(`${"é".repeat(7)}${spelling}!`).map((it) => it.place);
      assert.deepEqual(found, ["planted"], spelling);
    }
    assert.deepEqual(world.canaries.find("nothing of interest, though a canary sings 0123456789abcdef"), []);
  });

  test("from the engine, all of whose answers are read and hold some", async () => {
    await world.run(["report"]);
    await world.run(["doctor"]);
    for (const part of [
      "containers/json",
      "/images/",
      "/info",
      "/volumes",
      "/networks",
      "/events",
      "VERSION",
    ])
      assert.ok(
        world.engine.requests.some((it) => it.includes(part)),
        part,
      );
    assert.ok(world.canaries.size() > 700, `only ${world.canaries.size()} secrets`);
  });
});
