/** As in canary.test.ts the program is among secrets, and something goes wrong: the errors are full of them, too. */
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { type Canaries, hex, host, ip, password, path, url } from "./support/canary.ts";
import { type CanaryWorld, createCanaryWorld } from "./support/canary-world.ts";
import { type Attack, answered, rawArchive } from "./support/hostile-engine.ts";
import { until } from "./support/sidecar.ts";

async function worldOf(t: TestContext): Promise<CanaryWorld> {
  const world = await createCanaryWorld();
  t.after(() => world.close());
  return world;
}

type Fault = (canaries: Canaries, place: string) => Attack;

/** What the engine says in place of its answer. Errors name paths, containers and passwords, as they do. */
const FAULTS: Readonly<Record<string, Fault>> = {
  "403": (canaries, place) => answered(403, complaint(canaries, place)),
  "404": (canaries, place) => answered(404, complaint(canaries, place)),
  "500": (canaries, place) => answered(500, complaint(canaries, place)),
  "text that is no JSON": ({ mark }, place) =>
    answered(200, `{"Id": ${mark(`${place}: beginning`)}, ${mark(`${place}: end`, password)}`),
  "JSON of another shape": ({ mark }, place) => {
    const secret = mark(`${place}: shape`);
    return answered(
      200,
      JSON.stringify({ [secret]: secret, Volumes: secret, Config: [secret], OperatingSystem: [secret] }),
    );
  },
  "bytes that are no tar": ({ mark }, place) => rawArchive(Buffer.from(mark(`${place}: tar`).repeat(100))),
  "a redirect":
    ({ mark }, place) =>
    (response) =>
      response.writeHead(307, { location: mark(`${place}: location`, url) }).end(mark(`${place}: moved`)),
  "something that is no HTTP":
    ({ mark }, place) =>
    (response) =>
      response.socket?.end(`HTTP/1.1 ${mark(`${place}: status`)}\r\n${mark(`${place}: header`)}\r\n\r\n`),
};

function complaint({ mark }: Canaries, place: string): string {
  const [file, name, address] = [
    mark(`${place}: file`, path),
    mark(`${place}: name`),
    mark(`${place}: address`, ip),
  ];
  return JSON.stringify({
    message: `Error: container ${name} not found at ${address}: open ${file}: password ${mark(`${place}: password`, password)}`,
    cause: mark(`${place}: cause`, host),
  });
}

const REQUESTS: Readonly<Record<string, RegExp>> = {
  "the list of containers": /\/containers\/json/,
  "the details of containers": /\/containers\/\w{20,}\/json/,
  images: /\/images\//,
  info: /\/info/,
  version: /\/(info|version)/,
  volumes: /\/volumes/,
  networks: /\/networks/,
  files: /\/archive/,
};

describe("no secret gets out by an engine that answers", { concurrency: 3 }, () => {
  for (const [fault, make] of Object.entries(FAULTS))
    test(fault, async (t) => {
      const world = await worldOf(t);
      const failing = (...patterns: RegExp[]) => {
        world.engine.fault = (request) =>
          patterns.some((it) => it.test(request))
            ? make(world.canaries, `answer to ${request.split("/")[1]}`)
            : undefined;
      };
      for (const [request, pattern] of Object.entries(REQUESTS)) {
        failing(pattern);
        const { stderr } = await world.run(["report"], { env: { STATE_DIR: join(world.stateDir, request) } });
        assert.doesNotMatch(stderr, /this is a bug/);
      }
      failing(/\/(images|info|version|volumes|networks|events)/, /\/archive/);
      for (const command of ["explain", "doctor"]) await world.run([command]);
      failing(/\/containers\/json|\/events/);
      const daemon = world.start(["run"], { env: { LOG_FORMAT: "json" } });
      await until(
        "a warning",
        () => /"warn"/.test(daemon.stdout()) && /events|listen/.test(world.engine.requests.join()),
      );
      await until("the end of the look", () => /"warn"/.test(daemon.stdout()));
      for (const command of ["status --json", "healthcheck", "explain", "doctor"])
        await world.run(command.split(" "));
      await daemon.stop();
      assert.deepEqual(await world.leaks(), []);
    });
});

/** What the collector, or a proxy on the way, says to a report. */
const ANSWERS: Readonly<Record<string, (world: CanaryWorld) => CanaryWorld["collector"]["answer"]>> = {
  "204 with secret headers": ({ canaries: { mark } }) => ({
    status: 204,
    headers: { "set-cookie": mark("cookie of the collector"), server: mark("server of the collector") },
  }),
  "400 with the request in it": (world) => echo(world, 400),
  "403 with the request in it": (world) => echo(world, 403),
  "407 with the request in it": (world) => echo(world, 407),
  "500 with the request in it": (world) => echo(world, 500),
  "200 with the request in it": (world) => echo(world, 200),
  "a redirect to a secret place": ({ canaries: { mark } }) => ({
    status: 302,
    headers: { location: mark("location of the collector", url) },
    body: mark("redirect of the collector"),
  }),
  "a pause in secret words": ({ canaries: { mark } }) => ({
    status: 429,
    headers: { "retry-after": mark("pause of the collector") },
  }),
};

/** As the error pages of proxies have it: who asked what of whom. */
function echo({ canaries: { mark }, collector }: CanaryWorld, status: number) {
  return {
    status,
    get body() {
      const { method = "", headers = {} } = collector.requests.at(-1) ?? {};
      const target = `${headers.host}/${mark("COLLECTOR_URL: path")}?key=${mark("COLLECTOR_URL: query")}`;
      const credentials = [headers.authorization, headers["proxy-authorization"]].join(" ");
      return `${method} ${target}\n${credentials}\n${JSON.stringify(headers)}\n${collector.bodies.at(-1)}`;
    },
  };
}

describe("no secret gets out by a collector that answers", { concurrency: 3 }, () => {
  for (const [answer, make] of Object.entries(ANSWERS))
    test(answer, async (t) => {
      const world = await worldOf(t);
      world.collector.answer = make(world);
      const commands = ["report", "status --json", "history --json", "doctor", "opt-out", "history"];
      for (const command of commands) await world.run(command.split(" "));
      assert.deepEqual(await world.leaks(), []);
    });

  test("nothing at all, while a report is on its way", async (t) => {
    const world = await worldOf(t);
    world.collector.answer = "hang";
    const daemon = world.start(["run"]);
    await until("the request", () => world.collector.requests.length > 0);
    await world.hearState("during a request");
    await world.run(["status", "--json"]);
    await daemon.stop("SIGKILL");
    assert.deepEqual(await world.leaks(), []);
  });

  test("from a place that is not there", async (t) => {
    const world = await worldOf(t);
    const { mark } = world.canaries;
    const target = `${mark("user")}:${mark("password of the collector")}@127.0.0.1:1/${mark("path to the collector")}`;
    for (const env of [
      { HTTP_PROXY: `http://${target}` },
      { HTTP_PROXY: "", COLLECTOR_URL: `https://${target}` },
      { COLLECTOR_URL: `https://${target}`, HTTPS_PROXY: `http://${target}`, NO_PROXY: "" },
      { HTTP_PROXY: `http://%zz${target}` },
    ])
      for (const command of ["report", "doctor", "history --json"])
        await world.run(command.split(" "), { env });
    assert.deepEqual(await world.leaks(), []);
  });
});

/** What goes wrong where nobody expects it; SECRET stands for the secret. */
const BOMBS: readonly string[] = [
  "throw new Error(SECRET)",
  "throw SECRET",
  "throw { message: SECRET, stack: SECRET, code: SECRET, name: SECRET }",
  "throw Object.assign(new Error(SECRET, { cause: new Error(SECRET) }), { path: SECRET, code: SECRET })",
  "throw Object.assign(new Error(SECRET + '\\n    at ' + SECRET + ' (/' + SECRET + ':1:1)'), { message: 'changed' })",
  "throw new AggregateError([new Error(SECRET)], SECRET)",
  "JSON.parse(SECRET)",
  "new URL(SECRET)",
  "require('node:fs').readFileSync(SECRET)",
  "require('node:http').get({ socketPath: SECRET })",
  "require('node:child_process').spawn(SECRET)",
  "new (require('node:events'))().emit('error', SECRET)",
  "Promise.reject(new Error(SECRET))",
  "Promise.reject({ [SECRET]: SECRET })",
];

describe("no secret gets out by a crash", { concurrency: 2 }, () => {
  for (const bomb of BOMBS)
    test(bomb.slice(0, 70), async (t) => {
      const world = await worldOf(t);
      const file = join(world.stateDir, "..", "bomb.mjs");
      const secret = JSON.stringify(world.canaries.mark("bomb"));
      const code = `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);
const SECRET = ${secret}; setTimeout(() => { ${bomb}; }, 500);`;
      await writeFile(file, code);
      const { code: exit, stderr } = await world.run(["run"], { env: { NODE_OPTIONS: `--import=${file}` } });
      assert.equal(exit, 1);
      assert.match(stderr, /^openwisp-metrics failed/m);
      assert.deepEqual(await world.leaks(), []);
    });
});

describe("no secret gets out by a configuration", () => {
  /** The values that are wrong are shown, but not the credentials in them. */
  const wrong: Record<string, (user: string, query: string) => string> = {
    COLLECTOR_URL: (user, query) => `ftp://${user}@collector.example.org/?key=${query}`,
    HTTP_PROXY: (user) => `ftp://${user}@proxy.example.org`,
    HTTPS_PROXY: (user) => `ftp://${user}@proxy.example.org`,
    DOCKER_HOST: (user) => `ssh://${user}@engine.example.org`,
    SYSTEM_INFO_TOKEN: (user) => user.slice(0, 15),
  };
  for (const [name, make] of Object.entries(wrong))
    test(`that is wrong in ${name}`, async (t) => {
      const world = await worldOf(t);
      const { mark } = world.canaries;
      const value = make(`${mark("wrong user")}:${mark("wrong password")}`, mark("wrong query"));
      for (const command of ["run", "doctor"]) {
        const { code } = await world.run([command], { env: { [name]: value } });
        assert.equal(code, 2);
      }
      assert.deepEqual(await world.leaks(), []);
    });

  test("that leads to an engine behind TLS which is not there", async (t) => {
    const world = await worldOf(t);
    const { mark } = world.canaries;
    const certificates = join(world.stateDir, "..", mark("folder of certificates"));
    await mkdir(certificates, { recursive: true });
    for (const name of ["ca.pem", "cert.pem", "key.pem"])
      await writeFile(join(certificates, name), `-----BEGIN PRIVATE KEY-----\n${mark(name, hex)}\n`);
    const user = `${mark("user of the engine")}:${mark("password of the engine")}`;
    for (const place of ["127.0.0.1:1", `${mark("host of the engine")}.invalid:2376`])
      for (const tls of ["", "1"]) {
        const env = {
          DOCKER_HOST: `tcp://${user}@${place}`,
          DOCKER_TLS_VERIFY: tls,
          DOCKER_CERT_PATH: certificates,
        };
        for (const command of ["report", "explain", "doctor"]) await world.run([command], { env });
      }
    assert.deepEqual(await world.leaks(), []);
  });
});
