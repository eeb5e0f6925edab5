import { USUAL } from "./crowd.ts";
import { type Figure, spreadOf } from "./figure.ts";
import { inNewFolder, PROGRAM, startNode, until } from "./program.ts";
import type { StandIns } from "./stand-ins.ts";

const RELEASES = ["25.10.1", "25.10.2", "25.10.3", "25.10.4"];
const SETTLE_SECONDS = 1;

/** From the engine's first event of an upgrade until the collector has all of the Upgrade, less the settling. */
export function measurePromptness(standIns: StandIns): Promise<Figure[]> {
  return inNewFolder(async (stateDir) => {
    const { secureCollector, caFile } = standIns;
    if (!secureCollector) return [];
    const received = async () => (await standIns.counts()).received;
    let count = (await standIns.install("25.10.0", USUAL)).received;
    const arrives = () => until("a report", async () => (await received()) > count);
    const daemon = await startNode([PROGRAM, "run"], {
      DOCKER_HOST: standIns.engine,
      COLLECTOR_URL: secureCollector,
      NODE_EXTRA_CA_CERTS: caFile,
      STATE_DIR: stateDir,
      SETTLE_SECONDS: String(SETTLE_SECONDS),
      SYSTEM_INFO_PORT: "0",
    });
    try {
      await arrives();
      const delays: number[] = [];
      for (const release of RELEASES) {
        const before = await standIns.install(release, USUAL);
        count = before.received;
        await arrives();
        const { lastReceivedAt } = await standIns.counts();
        delays.push((lastReceivedAt - before.installedAt) / 1000 - SETTLE_SECONDS);
      }
      const what = "from an upgrade to the collector, less SETTLE_SECONDS";
      return [{ what, unit: "s", ours: spreadOf(delays), target: { of: "ours", most: 2 } }];
    } finally {
      await daemon.stop();
    }
  });
}
