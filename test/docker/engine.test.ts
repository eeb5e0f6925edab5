import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createEngine, type Engine } from "../../src/docker/engine.ts";
import { parseEngineAddress } from "../../src/docker/engine-address.ts";
import { EngineError } from "../../src/docker/engine-error.ts";
import { createEngineProxy, type EngineProxy } from "../support/engine-proxy.ts";
import { createFakeEngine } from "../support/fake-engine.ts";
import { ENGINES, type InstallationHost } from "../support/installations.ts";
import { type Miniature, miniature } from "../support/miniature.ts";
import { moreEngines } from "../support/more-engines.ts";

const PROJECT = "contract-test";
const DASHBOARD = "contract-test/openwisp-dashboard:25.10.3";

/** One dashboard and one container that was never started. */
function twoContainers(): Miniature {
  const { images, containers } = miniature("25.10.3", {
    project: PROJECT,
    // Other tests may re-tag the usual names on the same engine meanwhile.
    owner: PROJECT,
    services: ["dashboard", "celery"],
    environment: { METRIC_COLLECTION: "False", DB_PASS: "secret" },
  });
  const [image] = images;
  const files = { "/big": "x".repeat(300 * 1024), "/binary": "\0\x01\x02" };
  return {
    images: image
      ? [
          {
            ...image,
            labels: { "io.openwisp.role": "dashboard" },
            files: { ...image.files, ...files },
            links: { ...image.links, "/loop": "/loop" },
          },
        ]
      : [],
    containers: containers.map((it) => ({
      ...it,
      running: !it.name.includes("celery"),
      labels: { ...it.labels, "com.example.secret": "secret" },
    })),
  };
}

for (const kind of [...ENGINES, ...(await moreEngines())])
  describe(`the contract of the engine, on ${kind.name}`, { skip: kind.skip }, () => {
    let installations: InstallationHost;
    let proxy: EngineProxy;
    let way: { env: Record<string, string>; close(): Promise<void> };
    let engine: Engine;

    before(async () => {
      installations = await kind.open();
      proxy = await createEngineProxy(installations.host);
      way = (await kind.reach?.(proxy.host)) ?? { env: { DOCKER_HOST: proxy.host }, close: async () => {} };
      engine = createEngine(parseEngineAddress(way.env));
      await installations.install(twoContainers());
    });

    after(async () => {
      await way.close();
      await proxy.close();
      await installations.close();
    });

    const ours = async () =>
      (await engine.listContainers()).filter((it) => it.labels["com.docker.compose.project"] === PROJECT);
    const find = async (service: string) => {
      const found = (await ours()).find((it) => it.name === `${PROJECT}-${service}-1`);
      assert.ok(found, `${service} is listed`);
      return found;
    };

    test("containers are listed with what is needed of them, and no other label", async () => {
      const { createdAt, id, imageId, ...rest } = await find("dashboard");
      assert.match(id, /^[0-9a-f]{64}$/);
      assert.match(imageId, /^sha256:[0-9a-f]{64}$/);
      assert.ok(createdAt && Math.abs(Date.now() - createdAt.getTime()) < 600_000, "created just now");
      assert.deepEqual(rest, {
        name: "contract-test-dashboard-1",
        image: DASHBOARD,
        state: "running",
        labels: {
          "com.docker.compose.project": PROJECT,
          "com.docker.compose.service": "dashboard",
          "io.openwisp.role": "dashboard",
        },
      });
    });

    test("containers that do not run are listed too", async () => {
      assert.notEqual((await find("celery")).state, "running");
    });

    test("of the environment only what is known is let in", async () => {
      const details = await engine.inspectContainer((await find("celery")).id);
      assert.deepEqual(details?.environment, {
        MODULE_NAME: "celery",
        PYTHON_VERSION: "3.14.3",
        METRIC_COLLECTION: "False",
        DEBUG_MODE: "False",
        USE_OPENWISP_RADIUS: "True",
        USE_OPENWISP_TOPOLOGY: "True",
        USE_OPENWISP_FIRMWARE: "True",
        USE_OPENWISP_MONITORING: "True",
      });
    });

    test("an image tells its tags; one that is gone has none", async () => {
      assert.deepEqual((await engine.inspectImage((await find("dashboard")).imageId)).tags, [DASHBOARD]);
      assert.deepEqual(await engine.inspectImage(`sha256:${"0".repeat(64)}`), { tags: [], labels: {} });
    });

    test("the host's facts are there", async () => {
      const info = await engine.info();
      for (const [name, value] of Object.entries(info)) assert.ok(value, name);
      const { kernelVersion } = await engine.version();
      assert.equal(kernelVersion, info.kernelVersion);
    });

    const files: [what: string, path: string, expected: string | undefined][] = [
      ["a file is read", "/opt/openwisp/openwisp/VERSION", "25.10.3\n"],
      ["a file that is binary is read", "/binary", "\0\x01\x02"],
      ["a missing file is none", "/opt/openwisp/openwisp/MISSING", undefined],
      ["a file in a missing folder is none", "/missing/VERSION", undefined],
      ["a folder is none", "/opt/openwisp/openwisp", undefined],
      ["a link is none", "/opt/openwisp/openwisp2", undefined],
      ["a link to itself is none", "/loop", undefined],
      ["a file behind a link to itself is none", "/loop/VERSION", undefined],
      ["a file in a file is none", "/binary/VERSION", undefined],
      ["a file over 256 KB is none", "/big", undefined],
    ];
    for (const [what, path, expected] of files)
      test(what, async () =>
        assert.equal(await engine.readFile((await find("dashboard")).id, path), expected),
      );

    test("a file of a container that does not run is read", async () => {
      assert.equal(
        await engine.readFile((await find("celery")).id, "/opt/openwisp/openwisp/VERSION"),
        "25.10.3\n",
      );
    });

    test("volumes and networks of a project tell when they were made", async () => {
      for (const dates of [engine.volumeDates, engine.networkDates])
        assert.deepEqual(await dates("com.docker.compose.project=contract-test-nothing"), []);
      await installations.leaveTraces(PROJECT);
      const label = `com.docker.compose.project=${PROJECT}`;
      const traces = [...(await engine.volumeDates(label)), ...(await engine.networkDates(label))];
      assert.ok(traces.length >= 2);
      for (const it of traces) assert.ok(Math.abs(Date.now() - it.getTime()) < 600_000, it.toISOString());
    });

    test("a container that comes is noticed", { timeout: 20_000 }, async () => {
      const stop = new AbortController();
      const changes = engine.containerChanges(stop.signal)[Symbol.asyncIterator]();
      assert.equal((await changes.next()).value?.kind, "listening");
      const noticed = changes.next();
      await installations.install(twoContainers());
      const change = (await noticed).value;
      assert.equal(change?.kind, "changed");
      stop.abort();
      assert.match(change?.since ?? "", /^\d{10}(\.\d{9})?$/);
    });

    test("what happened while nobody listened is told to whoever resumes, and not twice", async () => {
      const stop = new AbortController();
      const first = engine.containerChanges(stop.signal)[Symbol.asyncIterator]();
      const since = (await first.next()).value?.since;
      stop.abort();
      await installations.install(twoContainers());
      const again = new AbortController();
      let last = "";
      const resumed = engine.containerChanges(again.signal, since)[Symbol.asyncIterator]();
      await resumed.next();
      const missed = await resumed.next();
      assert.equal(missed.value?.kind, "changed");
      last = missed.value?.since ?? "";
      // The others may come in pieces of their own.
      for (let isMore = true; isMore; ) {
        const soon = new Promise<undefined>((done) => setTimeout(() => done(undefined), 300));
        const next = await Promise.race([resumed.next(), soon]);
        isMore = next !== undefined;
        last = next?.value?.since ?? last;
      }
      again.abort();
      const third = engine.containerChanges(AbortSignal.timeout(700), last)[Symbol.asyncIterator]();
      assert.equal((await third.next()).value?.kind, "listening");
      // A busy engine may have more to tell: it has to be news.
      for (let next = await third.next(); !next.done; next = await third.next())
        assert.ok(next.value.since > last, `${next.value.since} comes after ${last}`);
    });

    test("a container that is gone has no details", async () => {
      assert.equal(await engine.inspectContainer("f".repeat(64)), undefined);
    });

    test("what a proxy refuses is an error with a hint", async () => {
      proxy.refuse = () => true;
      await assert.rejects(engine.listContainers(), isEngineError("REFUSED", /403/));
      await assert.rejects(engine.readFile("f".repeat(64), "/etc/passwd"), isEngineError("REFUSED", /403/));
      await assert.rejects(engine.volumeDates("x=y"), isEngineError("REFUSED", /403/));
      proxy.refuse = () => false;
    });

    test("every request was a GET", () => {
      assert.deepEqual(
        proxy.requests.filter((it) => !it.startsWith("GET ")),
        [],
      );
    });
  });

test("who has been stopped asks nothing", async (t) => {
  const fake = await createFakeEngine({ images: [], containers: [] });
  t.after(() => fake.close());
  const stopped = createEngine(parseEngineAddress({ DOCKER_HOST: fake.host }), AbortSignal.abort());
  await assert.rejects(stopped.listContainers(), { name: "AbortError" });
  assert.deepEqual(fake.requests, []);
});

test("an engine that is not there is an error with a hint", async () => {
  const nowhere = createEngine(parseEngineAddress({ DOCKER_HOST: "unix:///nowhere/docker.sock" }));
  await assert.rejects(nowhere.listContainers(), isEngineError("UNREACHABLE", /no Docker socket/));
  const closed = createEngine(parseEngineAddress({ DOCKER_HOST: "tcp://127.0.0.1:1" }));
  await assert.rejects(closed.info(), isEngineError("UNREACHABLE", /refused/));
});

function isEngineError(code: EngineError["code"], message: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof EngineError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    assert.ok(error.hint.length > 10);
    return true;
  };
}
