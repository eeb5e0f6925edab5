import { USUAL } from "./crowd.ts";
import { type Figure, spreadOf } from "./figure.ts";
import { inNewFolder, PROGRAM, startNode } from "./program.ts";
import type { StandIns } from "./stand-ins.ts";

const TOKEN = "a-token-for-the-benchmark";
const PORT = 20_000 + (process.pid % 20_000);
const ORIGIN = `http://127.0.0.1:${PORT}`;

/** The System Info page of an installation: what comes over the wire, and in what time. */
export function measurePage(standIns: StandIns, runs: number): Promise<Figure[]> {
  return inNewFolder(async (stateDir) => {
    await standIns.install("25.10.4", USUAL);
    const env = {
      DOCKER_HOST: standIns.engine,
      COLLECTOR_URL: standIns.collector,
      STATE_DIR: stateDir,
      SETTLE_SECONDS: "0",
      SYSTEM_INFO_HOST: "127.0.0.1",
      SYSTEM_INFO_PORT: String(PORT),
      SYSTEM_INFO_TOKEN: TOKEN,
    };
    const daemon = await startNode([PROGRAM, "run"], env, /sent Install/);
    try {
      const startedAt = performance.now();
      const signedIn = await fetch(`${ORIGIN}/?token=${TOKEN}`, { redirect: "manual" });
      const first = performance.now() - startedAt;
      const cookie = signedIn.headers.get("set-cookie")?.split(";", 1)[0] ?? "";
      const times: number[] = [];
      const bytes: number[] = [];
      for (let run = 0; run < runs; run++) {
        const askedAt = performance.now();
        const answer = await fetch(`${ORIGIN}/`, { headers: { cookie } });
        const body = await answer.arrayBuffer();
        times.push(performance.now() - askedAt);
        bytes.push(body.byteLength);
        if (answer.status !== 200) throw new Error(`the page answered ${answer.status}`);
      }
      return [
        { what: "page: the first request, which loads it", unit: "ms", ours: spreadOf([first]) },
        { what: "page: time to answer, with a look at the engine", unit: "ms", ours: spreadOf(times) },
        { what: "page: bytes, all in one answer", unit: "kB", ours: spreadOf(bytes.map((it) => it / 1000)) },
      ];
    } finally {
      await daemon.stop();
    }
  });
}
