import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createEngine } from "../src/docker/engine.ts";
import { parseEngineAddress } from "../src/docker/engine-address.ts";
import { createObserver, type Observe } from "../src/installation/observe.ts";
import { createEngineProxy, type EngineProxy } from "./support/engine-proxy.ts";
import { ENGINES, type InstallationHost } from "./support/installations.ts";
import { type Miniature, miniature } from "./support/miniature.ts";

// Other tests may re-tag the usual names on the same engine meanwhile.
const PROJECT = "scale-test";
const WORKERS = 100;

/** An installation whose celery is scaled to a hundred containers. */
function scaled(): Miniature {
  const { images, containers } = miniature("25.10.4", { project: PROJECT, owner: PROJECT });
  const celery = containers.find((it) => it.name.includes("celery-"));
  assert.ok(celery);
  const workers = Array.from({ length: WORKERS }, (_, i) => ({
    ...celery,
    name: celery.name.replace(/1$/, String(i + 2)),
  }));
  return { images, containers: [...containers, ...workers] };
}

for (const kind of ENGINES)
  describe(`a service of a hundred containers, on ${kind.name}`, { skip: kind.skip }, () => {
    let installations: InstallationHost;
    let proxy: EngineProxy;
    let observe: Observe;
    /** The ids of the installation's containers: others may be on the engine as well. */
    let ids: Set<string>;

    before(async () => {
      installations = await kind.open();
      proxy = await createEngineProxy(installations.host);
      const engine = createEngine(parseEngineAddress({ DOCKER_HOST: proxy.host }));
      await installations.install(scaled());
      observe = createObserver(engine, {
        project: PROJECT,
        ownIds: [],
        configuredMethod: undefined,
        localHost: async () => [],
      });
      const ours = (await engine.listContainers()).filter((it) => it.name.startsWith(PROJECT));
      ids = new Set(ours.map(({ id }) => id));
    });

    after(async () => {
      await proxy?.close();
      await installations?.close();
    });

    /** How often the installation's containers were asked for in a look, by what was asked. */
    async function look(): Promise<Record<string, number>> {
      proxy.requests.length = 0;
      const observation = await observe();
      assert.ok(observation.kind === "seen");
      assert.equal(observation.snapshot.openwispVersion.value, "25.10.4");
      assert.equal(observation.snapshot.modules["openwisp-controller"]?.value, "1.2.3");
      const asked = proxy.requests.map((it) => /\/containers\/(\w{64})\/(\w+)/.exec(it) ?? []);
      const ours = asked.filter(([, id = ""]) => ids.has(id));
      const counts = Map.groupBy(ours, ([, , what = ""]) => what);
      return Object.fromEntries([...counts].map(([what, requests]) => [what, requests.length]));
    }

    test("costs what one container does, and nothing when it is looked at again", async () => {
      assert.ok(ids.size > WORKERS, `${ids.size} containers`);
      assert.deepEqual(await look(), { json: 6, archive: 14 });
      assert.deepEqual(await look(), {});
    });
  });
