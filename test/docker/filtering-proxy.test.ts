import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createEngine, type Engine } from "../../src/docker/engine.ts";
import { parseEngineAddress } from "../../src/docker/engine-address.ts";
import { EngineError } from "../../src/docker/engine-error.ts";
import { type FilteringProxy, lacksHaproxy, startFilteringProxy } from "../support/filtering-proxy.ts";
import { ENGINES, type InstallationHost } from "../support/installations.ts";
import { miniature } from "../support/miniature.ts";

const PROJECT = "filter-test";
const LIST_AND_INSPECT = "containers/json|containers/[^/]+/json|images/[^/]+/json|info|version|_ping";

const missing = await lacksHaproxy();

for (const kind of ENGINES)
  describe(`HAProxy that allows to list and to inspect, before ${kind.name}`, {
    skip: missing || kind.skip,
  }, () => {
    let installations: InstallationHost;
    let proxy: FilteringProxy;
    let engine: Engine;
    let id: string;

    before(async () => {
      installations = await kind.open();
      await installations.install(
        miniature("25.10.3", { project: PROJECT, owner: PROJECT, services: ["dashboard"] }),
      );
      proxy = await startFilteringProxy(installations.host, LIST_AND_INSPECT);
      engine = createEngine(parseEngineAddress({ DOCKER_HOST: proxy.host }));
    });

    after(async () => {
      await proxy?.close();
      await installations.close();
    });

    test("lets through what gives a useful answer", async () => {
      const containers = await engine.listContainers();
      const dashboard = containers.find((it) => it.name === `${PROJECT}-dashboard-1`);
      assert.ok(dashboard);
      id = dashboard.id;
      const details = await engine.inspectContainer(id);
      assert.equal(details?.environment.MODULE_NAME, "dashboard");
      const { tags } = await engine.inspectImage(dashboard.imageId);
      assert.deepEqual(tags, [`${PROJECT}/openwisp-dashboard:25.10.3`]);
      assert.ok((await engine.info()).operatingSystem);
      assert.ok((await engine.version()).kernelVersion);
    });

    test("an answer of the engine that there is no such thing comes through", async () => {
      assert.equal(await engine.inspectContainer("f".repeat(64)), undefined);
    });

    const refused: [what: string, ask: () => Promise<unknown>][] = [
      ["files of containers", () => engine.readFile(id, "/opt/openwisp/openwisp/VERSION")],
      ["volumes", () => engine.volumeDates("a=b")],
      ["networks", () => engine.networkDates("a=b")],
      ["events", () => firstOf(engine.containerChanges(AbortSignal.timeout(5_000)))],
    ];
    for (const [what, ask] of refused)
      test(`${what} are refused, which is said so`, async () => {
        await assert.rejects(ask(), (error: unknown) => {
          assert.ok(error instanceof EngineError, String(error));
          assert.equal(error.code, "REFUSED");
          assert.match(error.message, /HTTP 403/);
          assert.match(error.hint, /proxy/);
          return true;
        });
      });
  });

/** Undefined when the iterable ends first. */
async function firstOf<T>(items: AsyncIterable<T>): Promise<T | undefined> {
  for await (const it of items) return it;
  return undefined;
}
