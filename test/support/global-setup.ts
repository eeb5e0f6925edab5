/** Obtains the real engine once for all test files: `--test-global-setup=test/support/global-setup.ts`. */
import { randomUUID } from "node:crypto";
import { createEngineWorld, removeLabelled, runLabel } from "./engine-images.ts";
import { obtainEngine, type RealEngine } from "./real-engine.ts";

let engine: RealEngine | undefined;

/**
 * The test files' processes inherit the environment set here.
 * @throws in CI when there is no engine: nothing is skipped there.
 */
export async function globalSetup(): Promise<void> {
  process.env.OPENWISP_METRICS_TEST_RUN = randomUUID().slice(0, 8);
  const obtained = await obtainEngine(console.error);
  let reason = "unavailable" in obtained ? obtained.unavailable : undefined;
  if (!("unavailable" in obtained)) {
    engine = obtained;
    reason = await tryContainer(obtained.host);
  }
  if (engine && reason === undefined) {
    process.env.OPENWISP_METRICS_TEST_ENGINE = engine.host;
    return;
  }
  await globalTeardown();
  if (process.env.CI === "true")
    throw new Error(`CI runs the tests on a real Docker Engine, and there is none: ${reason}`);
  console.error(`skipping the tests on a real Docker Engine: ${reason}`);
  process.env.OPENWISP_METRICS_TEST_ENGINE_UNAVAILABLE = reason;
}

/** Runs after the last test, Ctrl-C and SIGTERM; after anything worse a private engine ends by itself. */
export async function globalTeardown(): Promise<void> {
  if (engine && !engine.private) await removeLabelled(engine.host, runLabel());
  await engine?.stop();
  engine = undefined;
}

/** An engine may answer and still be unable to run anything, in a container without privileges for one. */
async function tryContainer(host: string): Promise<string | undefined> {
  const world = createEngineWorld(host);
  const name = `openwisp-metrics-trial-${process.env.OPENWISP_METRICS_TEST_RUN}`;
  try {
    await world.importImage({ reference: `${name}:latest`, env: {}, files: {} });
    await world.startContainer({ name, image: `${name}:latest` });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  } finally {
    await world.close().catch(() => {});
  }
}
