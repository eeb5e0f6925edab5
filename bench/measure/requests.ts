import { createEngine } from "../../src/docker/engine.ts";
import { parseEngineAddress } from "../../src/docker/engine-address.ts";
import { createFakeEngine } from "../../test/support/fake-engine.ts";
import { watchEngine } from "./busy-engine.ts";
import { crowd, USUAL } from "./crowd.ts";
import { type Figure, spreadOf } from "./figure.ts";
import { createJumpingClock } from "./jumping-clock.ts";
import { inNewFolder, until } from "./program.ts";
import { startSimulated } from "./simulated-daemon.ts";

export interface RequestCounts {
  readonly firstLook: number;
  /** A look at an installation that is as it was. */
  readonly unchanged: number;
  /** A look after all of OpenWISP's images were replaced; the others are as they were. */
  readonly newImages: number;
}

const NOON = new Date("2026-03-10T12:00:00Z");
const TWO_MINUTES = 120_000;

/** What the engine is asked in a look of the daemon. To listen to its events is not asking. */
export function countRequests(containers: number): Promise<RequestCounts> {
  return inNewFolder(async (stateDir) => {
    const fake = await createFakeEngine(crowd("25.10.3", containers), NOON);
    const watched = watchEngine(createEngine(parseEngineAddress({ DOCKER_HOST: fake.host })));
    const clock = createJumpingClock(NOON, watched.isBusy);
    const daemon = startSimulated(
      { STATE_DIR: stateDir },
      { clock, engine: watched.engine, post: async () => ({ kind: "accepted", status: 204 }) },
    );
    const look = async () => {
      const before = fake.requests.length;
      await clock.advanceTo(new Date(clock.now().getTime() + TWO_MINUTES));
      return fake.requests.slice(before).filter((it) => !it.endsWith("/events")).length;
    };
    const lookAfter = async (release: string) => {
      const before = watched.changes();
      fake.install(crowd(release, containers), NOON);
      await until("the events", () => watched.changes() > before);
      return look();
    };
    try {
      return {
        firstLook: await look(),
        unchanged: await lookAfter("25.10.3"),
        newImages: await lookAfter("25.10.4"),
      };
    } finally {
      await daemon.stop();
      await fake.close();
    }
  });
}

export async function measureRequests(): Promise<Figure[]> {
  const [few, many] = [await countRequests(USUAL), await countRequests(1_000)];
  const target = (most: number) => ({ of: "ours" as const, most });
  const figure = (what: string, value: number, most?: number): Figure => ({
    what: `engine requests of ${what}`,
    unit: "count",
    ours: spreadOf([value]),
    ...(most !== undefined && { target: target(most) }),
  });
  return [
    figure(`the first look, ${USUAL} containers`, few.firstLook),
    figure(`an unchanged look, ${USUAL} containers`, few.unchanged, 3),
    figure("an unchanged look, 1,000 containers", many.unchanged, 3),
    figure(`a look at new images, ${USUAL} containers`, few.newImages),
    figure("a look at new images, 1,000 containers", many.newImages, few.newImages),
  ];
}
