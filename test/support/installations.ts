import { createEngineWorld } from "./engine-images.ts";
import { createFakeEngine } from "./fake-engine.ts";
import type { Miniature } from "./miniature.ts";
import { testEngine } from "./real-engine.ts";

/** An engine, real or fake, on which installations come and go. */
export interface InstallationHost {
  /** For DOCKER_HOST. */
  readonly host: string;
  /** Replaces what this test installed before. */
  install(installation: Miniature): Promise<void>;
  /** Makes a volume and a network of a compose project. */
  leaveTraces(project: string): Promise<void>;
  close(): Promise<void>;
}

export interface EngineKind {
  readonly name: string;
  /** Why it cannot be used here; false when it can. */
  readonly skip: string | false;
  readonly open: () => Promise<InstallationHost>;
  /** Puts a way of its own before a `unix://` address; the client's environment then leads there. */
  readonly reach?: (host: string) => Promise<{ env: Record<string, string>; close(): Promise<void> }>;
}

const PROJECT_LABEL = "com.docker.compose.project";
const engine = testEngine();

/** The engines on which the same tests run. */
export const ENGINES: readonly EngineKind[] = [
  { name: "the fake engine", skip: false, open: fakeHost },
  {
    name: "a real engine",
    skip: "unavailable" in engine ? engine.unavailable : false,
    open: async () => installationsOn("host" in engine ? engine.host : ""),
  },
];

async function fakeHost(): Promise<InstallationHost> {
  const fake = await createFakeEngine({ images: [], containers: [] });
  return {
    host: fake.host,
    close: fake.close,
    install: async (installation) => fake.install(installation),
    async leaveTraces(project) {
      const trace = { labels: { [PROJECT_LABEL]: project }, createdAt: new Date() };
      fake.traces.push(trace);
    },
  };
}

/** @param host a real engine's */
export function installationsOn(host: string): InstallationHost {
  const world = createEngineWorld(host);
  const imported = new Set<string>();
  let running: string[] = [];
  return {
    host,
    async install({ images, containers }) {
      for (const name of running) await world.removeContainer(name);
      running = containers.map((it) => it.name);
      for (const image of images) {
        const content = JSON.stringify(image);
        if (!imported.has(content)) await world.importImage(image);
        imported.add(content);
      }
      for (const container of containers) await world.startContainer(container);
    },
    async leaveTraces(project) {
      await world.createVolume(`${project}_data`, { [PROJECT_LABEL]: project });
      await world.createNetwork(`${project}_default`, { [PROJECT_LABEL]: project });
    },
    close: world.close,
  };
}
