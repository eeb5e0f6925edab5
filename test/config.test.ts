import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { collectionSwitch, type Environment } from "../src/collection-switch.ts";
import { type Config, ConfigError, loadConfig } from "../src/config.ts";

function problemsOf(env: Environment): readonly string[] {
  try {
    loadConfig(env);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems;
  }
  return [];
}

test("an empty environment is a good configuration", () => {
  const config = loadConfig({});
  assert.deepEqual(config, {
    collection: { on: true, decidedBy: "default" },
    collector: {
      url: "https://analytics.openwisp.io/cleaninsights.php",
      siteId: 5,
      proxy: { HTTP_PROXY: undefined, HTTPS_PROXY: undefined, NO_PROXY: undefined },
    },
    installation: {},
    schedule: { settleMs: 60_000 },
    stateDir: "/data",
    engine: { socketPath: "/var/run/docker.sock" },
    page: { port: 8088, host: "0.0.0.0", basePath: "", allowedHosts: [] },
    log: { level: "info", format: "text" },
  });
  assert.ok(Object.isFrozen(config));
});

const GOOD: [name: string, value: string, read: (config: Config) => unknown, expected: unknown][] = [
  ["COLLECTOR_URL", "https://collector.example/in", (it) => it.collector.url, "https://collector.example/in"],
  ["COLLECTOR_URL", "http://127.0.0.1:8080/", (it) => it.collector.url, "http://127.0.0.1:8080/"],
  ["COLLECTOR_URL", " https://collector.example/ ", (it) => it.collector.url, "https://collector.example/"],
  ["COLLECTOR_SITE_ID", "1", (it) => it.collector.siteId, 1],
  ["COLLECTOR_SITE_ID", "42", (it) => it.collector.siteId, 42],
  ["OPENWISP_PROJECT", "docker-openwisp", (it) => it.installation.project, "docker-openwisp"],
  ["INSTALLATION_METHOD", "ansible-openwisp2", (it) => it.installation.method, "ansible-openwisp2"],
  ["INSTALLATION_METHOD", "My_method.2", (it) => it.installation.method, "My_method.2"],
  ["INSTALLATION_METHOD", "a".repeat(64), (it) => it.installation.method, "a".repeat(64)],
  ["HEARTBEAT_SCHEDULE", "30 4 * * *", (it) => it.schedule.heartbeat, "30 4 * * *"],
  ["HEARTBEAT_SCHEDULE", "0 30 4 * * *", (it) => it.schedule.heartbeat, "0 30 4 * * *"],
  ["HEARTBEAT_SCHEDULE", "15 3 * * MON-FRI", (it) => it.schedule.heartbeat, "15 3 * * MON-FRI"],
  ["SETTLE_SECONDS", "0", (it) => it.schedule.settleMs, 0],
  ["SETTLE_SECONDS", "120", (it) => it.schedule.settleMs, 120_000],
  ["STATE_DIR", "/var/lib/metrics", (it) => it.stateDir, "/var/lib/metrics"],
  ["DOCKER_HOST", "tcp://proxy:2375", (it) => it.engine, { host: "proxy", port: 2375 }],
  ["SYSTEM_INFO_PORT", "0", (it) => it.page.port, 0],
  ["SYSTEM_INFO_PORT", "65535", (it) => it.page.port, 65_535],
  ["SYSTEM_INFO_HOST", "127.0.0.1", (it) => it.page.host, "127.0.0.1"],
  ["SYSTEM_INFO_BASE_PATH", "/metrics", (it) => it.page.basePath, "/metrics"],
  ["SYSTEM_INFO_BASE_PATH", "metrics/", (it) => it.page.basePath, "/metrics"],
  ["SYSTEM_INFO_BASE_PATH", "/a/b-c_d~e.f/", (it) => it.page.basePath, "/a/b-c_d~e.f"],
  ["SYSTEM_INFO_BASE_PATH", "/", (it) => it.page.basePath, ""],
  ["SYSTEM_INFO_ALLOWED_HOSTS", "Metrics.Example.org", (it) => it.page.allowedHosts, ["metrics.example.org"]],
  ["SYSTEM_INFO_ALLOWED_HOSTS", ".a.net, b", (it) => it.page.allowedHosts, [".a.net", "b"]],
  ["SYSTEM_INFO_TOKEN", "s3cret-s3cret-16", (it) => it.page.token, "s3cret-s3cret-16"],
  ["SYSTEM_INFO_TOKEN_FILE", "/run/secrets/token", (it) => it.page.tokenFile, "/run/secrets/token"],
  ["LOG_LEVEL", "debug", (it) => it.log.level, "debug"],
  ["LOG_LEVEL", "WARN", (it) => it.log.level, "warn"],
  ["LOG_FORMAT", "json", (it) => it.log.format, "json"],
  ["HTTP_PROXY", "http://proxy:3128", (it) => it.collector.proxy.HTTP_PROXY, "http://proxy:3128"],
  ["https_proxy", "http://proxy:3128", (it) => it.collector.proxy.HTTPS_PROXY, "http://proxy:3128"],
  ["NO_PROXY", "localhost,.lan", (it) => it.collector.proxy.NO_PROXY, "localhost,.lan"],
];

describe("a good value is taken", () => {
  for (const [name, value, read, expected] of GOOD)
    test(`${name}=${value}`, () => assert.deepEqual(read(loadConfig({ [name]: value })), expected));
});

const BAD: [name: string, value: string, right: RegExp][] = [
  ["COLLECTOR_SITE_ID", "0", /whole number from 1/],
  ["COLLECTOR_SITE_ID", "-5", /whole number from 1/],
  ["COLLECTOR_SITE_ID", "5.5", /whole number/],
  ["COLLECTOR_SITE_ID", "five", /whole number/],
  ["INSTALLATION_METHOD", "my method", /letters, digits/],
  ["INSTALLATION_METHOD", "méthode", /letters, digits/],
  ["INSTALLATION_METHOD", "<b>", /letters, digits/],
  ["INSTALLATION_METHOD", "a".repeat(65), /at most 64/],
  ["HEARTBEAT_SCHEDULE", "daily", /cron expression of 5 or 6 fields/],
  ["HEARTBEAT_SCHEDULE", "30 4 * *", /cron expression of 5 or 6 fields/],
  ["HEARTBEAT_SCHEDULE", "0 0 30 4 * * *", /cron expression of 5 or 6 fields/],
  ["HEARTBEAT_SCHEDULE", "99 4 * * *", /cron expression/],
  ["HEARTBEAT_SCHEDULE", "0 0 30 2 *", /cron expression/],
  ["HEARTBEAT_SCHEDULE", "2099-01-01T00:00:00", /cron expression/],
  ["SETTLE_SECONDS", "-1", /number from 0/],
  ["SETTLE_SECONDS", "soon", /number from 0/],
  ["SYSTEM_INFO_PORT", "65536", /from 0 to 65535/],
  ["SYSTEM_INFO_PORT", "-1", /from 0 to 65535/],
  ["SYSTEM_INFO_PORT", "80.5", /whole number/],
  ["SYSTEM_INFO_PORT", "http", /whole number/],
  ["SYSTEM_INFO_BASE_PATH", "/a b", /letters, digits/],
  ["SYSTEM_INFO_BASE_PATH", "//evil.example", /letters, digits/],
  ["SYSTEM_INFO_BASE_PATH", "/a/../b", /letters, digits/],
  ["SYSTEM_INFO_BASE_PATH", "/.", /letters, digits/],
  ["SYSTEM_INFO_BASE_PATH", "/a?b", /letters, digits/],
  ["SYSTEM_INFO_BASE_PATH", "/%2e%2e", /letters, digits/],
  ["SYSTEM_INFO_ALLOWED_HOSTS", "https://metrics.example", /names of hosts/],
  ["SYSTEM_INFO_ALLOWED_HOSTS", "metrics.example:8443", /without ports/],
  ["SYSTEM_INFO_ALLOWED_HOSTS", "a,,b", /names of hosts/],
  ["SYSTEM_INFO_ALLOWED_HOSTS", "*", /names of hosts/],
  ["LOG_LEVEL", "loud", /trace, debug, info/],
  ["LOG_FORMAT", "xml", /text, json/],
  ["DOCKER_HOST", "fd://", /unix:\/\/.*tcp:\/\//],
  ["DOCKER_HOST", "ssh://server", /ssh is not supported/],
];

describe("a bad value is refused, with the variable, the value and what would be right", () => {
  for (const [name, value, right] of BAD)
    test(`${name}=${value}`, () => {
      const [problem = "", ...others] = problemsOf({ [name]: value });
      assert.deepEqual(others, []);
      assert.ok(problem.startsWith(`${name} is `), problem);
      assert.ok(problem.includes(JSON.stringify(value)), problem);
      assert.match(problem, right);
    });
});

test("an address that is none is refused, and shown without its credentials", () => {
  for (const value of ["ftp://collector.example/", "collector.example", "javascript:alert(1)"]) {
    const [problem = ""] = problemsOf({ COLLECTOR_URL: value });
    assert.match(problem, /^COLLECTOR_URL is .*https:\/\//);
    assert.ok(problem.includes(value), problem);
  }
  assert.match(
    problemsOf({ COLLECTOR_URL: "ftp://me:secret@collector.example/" })[0] ?? "",
    /ftp:\/\/…@collector/,
  );
});

test("all problems are reported at once", () => {
  const problems = problemsOf({
    COLLECTOR_URL: "nowhere",
    COLLECTOR_SITE_ID: "x",
    INSTALLATION_METHOD: "a b",
    HEARTBEAT_SCHEDULE: "often",
    SYSTEM_INFO_PORT: "99999",
    DOCKER_HOST: "fd://",
    LOG_LEVEL: "debug",
  });
  assert.deepEqual(problems.map((it) => it.split(" ", 1)[0]).sort(), [
    "COLLECTOR_SITE_ID",
    "COLLECTOR_URL",
    "DOCKER_HOST",
    "HEARTBEAT_SCHEDULE",
    "INSTALLATION_METHOD",
    "SYSTEM_INFO_PORT",
  ]);
});

test("an empty variable counts as not set", () => {
  const names = [...GOOD.map(([name]) => name), "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH", "DO_NOT_TRACK"];
  for (const empty of ["", "  "])
    assert.deepEqual(loadConfig(Object.fromEntries(names.map((it) => [it, empty]))), loadConfig({}));
});

test("variables that are not ours are nobody's business", () => {
  const env = { DJANGO_SECRET_KEY: "x", LOG_LEVEL_OF_OTHERS: "?", NODE_ENV: "", DEBUG_MODE: "perhaps" };
  assert.deepEqual(loadConfig(env), loadConfig({}));
});

const SECRETS: [what: string, env: Environment][] = [
  ["a token that is too short", { SYSTEM_INFO_TOKEN: "hunter2" }],
  ["the token", { SYSTEM_INFO_TOKEN: "hunter2-hunter2-hunter2", LOG_LEVEL: "loud" }],
  [
    "the token, beside its file",
    { SYSTEM_INFO_TOKEN: "hunter2".repeat(3), SYSTEM_INFO_TOKEN_FILE: "/hunter2" },
  ],
  ["a token put where its file belongs", { SYSTEM_INFO_TOKEN_FILE: "hunter2" }],
  ["the password of the collector's address", { COLLECTOR_URL: "ftp://me:hunter2@collector.example/" }],
  ["the password of a proxy", { HTTPS_PROXY: "http://me:hunter2@proxy:3128", LOG_LEVEL: "loud" }],
  ["the password of the engine's address", { DOCKER_HOST: "tcp://me:hunter2@engine:99999" }],
  ["a password with a slash", { DOCKER_HOST: "tcp://me:a/hunter2@engine:99999" }],
  ["a password with an @", { DOCKER_HOST: "tcp://me:a@hunter2@engine:99999" }],
  ["a password in an address without tcp://", { DOCKER_HOST: "me:hunter2@engine:99999" }],
];

describe("an error message never shows a secret", () => {
  for (const [what, env] of SECRETS)
    test(what, () => {
      const problems = problemsOf(env);
      assert.equal(problems.length, 1);
      assert.ok(!problems.join().includes("hunter2"), problems.join());
    });
});

const SWITCH: [value: string | undefined, on: boolean, understood: boolean][] = [
  [undefined, true, true],
  ["True", true, true],
  ["TRUE", true, true],
  [" true ", true, true],
  ["YES", true, true],
  ["yes", true, true],
  ["on", true, true],
  ["1", true, true],
  ["False", false, true],
  ["false", false, true],
  ["no", false, true],
  [" off ", false, true],
  ["0", false, true],
  ["", false, false],
  ["  ", false, false],
  ["Flase", false, false],
  ["Ture", false, false],
  ["true false", false, false],
  ["2", false, false],
  ["None", false, false],
];

describe("METRIC_COLLECTION", () => {
  for (const [value, on, understood] of SWITCH)
    test(`${value === undefined ? "not set" : JSON.stringify(value)} is ${on ? "on" : "off"}`, () => {
      const { collection } = loadConfig({ METRIC_COLLECTION: value });
      assert.equal(collection.on, on);
      assert.equal(collection.decidedBy, value === undefined ? "default" : "METRIC_COLLECTION");
      if (understood) assert.equal(collection.problem, undefined);
      else assert.ok(collection.problem?.startsWith(`METRIC_COLLECTION is ${JSON.stringify(value)},`));
    });
});

const DO_NOT_TRACK: [doNotTrack: string, metricCollection: string | undefined, on: boolean][] = [
  ["1", undefined, false],
  ["true", undefined, false],
  ["TRUE", "True", false],
  [" 1 ", "True", false],
  ["1", "False", false],
  ["0", undefined, true],
  ["false", "True", true],
  ["", "True", true],
  ["0", "False", false],
  ["false", "False", false],
  ["", "False", false],
  ["0", "Flase", false],
];

test("DO_NOT_TRACK turns off and never on", () => {
  for (const [doNotTrack, metricCollection, on] of DO_NOT_TRACK) {
    const env = { DO_NOT_TRACK: doNotTrack, METRIC_COLLECTION: metricCollection };
    assert.equal(collectionSwitch(env).on, on, JSON.stringify(env));
  }
  assert.equal(collectionSwitch({ DO_NOT_TRACK: "1" }).decidedBy, "DO_NOT_TRACK");
});
