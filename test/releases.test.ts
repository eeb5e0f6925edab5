import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createEngine } from "../src/docker/engine.ts";
import { parseEngineAddress } from "../src/docker/engine-address.ts";
import { createObserver } from "../src/installation/observe.ts";
import { createEngineProxy, type EngineProxy } from "./support/engine-proxy.ts";
import { ENGINES, type InstallationHost } from "./support/installations.ts";
import { CONTENTS, miniature } from "./support/miniature.ts";

const PROJECT = "releases-test";

for (const kind of ENGINES)
  describe(`every release of docker-openwisp, on ${kind.name}`, { skip: kind.skip }, () => {
    let installations: InstallationHost;
    let proxy: EngineProxy;

    before(async () => {
      installations = await kind.open();
      proxy = await createEngineProxy(installations.host);
    });

    after(async () => {
      await proxy.close();
      await installations.close();
    });

    async function see() {
      const observe = createObserver(createEngine(parseEngineAddress({ DOCKER_HOST: proxy.host })), {
        project: PROJECT,
        ownIds: [],
        configuredMethod: undefined,
        localHost: async () => [],
      });
      const seen = await observe();
      assert.ok(seen.kind === "seen", JSON.stringify(seen));
      const { openwispVersion, modules, installationMethod } = seen.snapshot;
      return {
        version: openwispVersion.value,
        method: installationMethod.value,
        modules: Object.fromEntries(Object.entries(modules).map(([name, { value }]) => [name, value])),
        sources: new Set(Object.values(modules).map((it) => it.evidence[0]?.source)),
      };
    }

    for (const [release, { versions }] of Object.entries(CONTENTS)) {
      const expected = { version: release, method: "docker-openwisp", modules: versions };

      test(`${release}: the exact versions, from the files`, async () => {
        await installations.install(miniature(release, { project: PROJECT, services: ["dashboard"] }));
        proxy.refuse = () => false;
        assert.deepEqual(await see(), { ...expected, sources: new Set(["METADATA"]) });
      });

      test(`${release}: through a proxy that allows to list and inspect alone, inferred`, async () => {
        proxy.refuse = (_, path) => !/^\/(containers|images)\/([^/]+\/)?json$/.test(path);
        assert.deepEqual(await see(), { ...expected, sources: new Set(["table of releases"]) });
      });
    }
  });
