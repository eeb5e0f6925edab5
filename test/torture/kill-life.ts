import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRandom } from "../../bench/fleet/random.ts";
import type { StoredConsent } from "../../src/consent.ts";
import { openState, readState } from "../../src/state/database.ts";
import type { Attempt, StoredReport } from "../../src/state/state.ts";
import { createFakeEngine } from "../support/fake-engine.ts";
import { CONTENTS, type Miniature } from "../support/miniature.ts";
import { runSidecar, startSidecar } from "../support/sidecar.ts";
import { createDraw, type Draw } from "./draw.ts";
import { createFlakyCollector, type Heard } from "./flaky-collector.ts";
import { small } from "./world.ts";

export interface LifeOptions {
  /** The built program. */
  readonly program: string;
  readonly seed: number;
  readonly kills: number;
}

/** One process, from its start to its end. */
export interface Fate {
  readonly number: number;
  readonly command: string;
  readonly startedAt: number;
  readonly killedAt: number | undefined;
  readonly output: string;
}

/** A decision of the admin that was stored, whether or not the process that stored it lived to say so. */
export interface Decision extends StoredConsent {
  /** Whether the last event of an earlier opt-out still waited. */
  readonly farewellWaited: boolean;
}

/** All that happened, for the judge. */
export interface Life {
  readonly seed: number;
  readonly fates: readonly Fate[];
  readonly heard: readonly Heard[];
  readonly decisions: readonly Decision[];
  readonly journal: readonly (StoredReport & { readonly attempts: readonly Attempt[] })[];
  readonly baseline: Readonly<Record<string, string>> | undefined;
  /** The version of openwisp-controller that was installed last. */
  readonly installed: string;
  /** What was wrong with the state after a kill. */
  readonly damages: readonly string[];
}

type Kill = { readonly at: "heard" | "answered"; readonly afterMs: number } | { readonly afterMs: number };

/** Lives with installs, upgrades, opt-outs and a flaky collector, killed again and again; then comes to rest. */
export async function liveAndDie({ program, seed, kills }: LifeOptions): Promise<Life> {
  const draw = createDraw(createRandom(seed));
  const folder = mkdtempSync(join(tmpdir(), "kill-life-"));
  const stateDir = join(folder, "state");
  mkdirSync(stateDir);
  const engine = await createFakeEngine(release(0));
  const collector = await createFlakyCollector(draw);
  const fates: Fate[] = [];
  const decisions: Decision[] = [];
  const damages: string[] = [];
  let version = 0;
  let processes = 0;

  const env = (number: number) => ({
    DOCKER_HOST: engine.host,
    COLLECTOR_URL: collector.urlFor(number),
    STATE_DIR: stateDir,
    SETTLE_SECONDS: "0",
    HEARTBEAT_SCHEDULE: "* * * * *",
    SYSTEM_INFO_PORT: "0",
  });

  async function runAndKill(command: string, kill: Kill): Promise<void> {
    const number = ++processes;
    const startedAt = Date.now();
    let killedAt: number | undefined;
    const sidecar = startSidecar([command], { program, env: env(number) });
    const shoot = () => {
      if (sidecar.process.exitCode === null && sidecar.process.kill("SIGKILL")) killedAt ??= Date.now();
    };
    const timers = [setTimeout(shoot, "at" in kill ? PATIENCE_MS : kill.afterMs)];
    shooters.set(number, (moment) => {
      if (!("at" in kill) || kill.at !== moment) return;
      if (kill.afterMs === 0) shoot();
      else timers.push(setTimeout(shoot, kill.afterMs));
    });
    const end = await sidecar.ended;
    for (const timer of timers) clearTimeout(timer);
    shooters.delete(number);
    if (end !== "SIGKILL") killedAt = undefined;
    fates.push({ number, command, startedAt, killedAt, output: sidecar.stdout() + sidecar.stderr() });
  }

  const shooters = new Map<number, (moment: "heard" | "answered") => void>();
  collector.listener = (number, moment) => shooters.get(number)?.(moment);

  async function finish(command: string): Promise<void> {
    const number = ++processes;
    const startedAt = Date.now();
    const { stdout, stderr } = await runSidecar([command], { program, env: env(number) });
    fates.push({ number, command, startedAt, killedAt: undefined, output: stdout + stderr });
    noteDecision(false);
  }

  function noteDecision(farewellWaited: boolean): void {
    const state = readState(stateDir);
    const stored = state?.consent();
    state?.close();
    const last = decisions.at(-1);
    if (stored && stored.at.getTime() !== last?.at.getTime()) decisions.push({ ...stored, farewellWaited });
  }

  try {
    while (fates.filter((it) => it.killedAt !== undefined).length < kills) {
      if (draw.chance(0.15)) engine.install(release(++version));
      const farewellWaited = waits(stateDir, "Consent Withdrawn");
      const isOff = decisions.at(-1)?.given === false;
      await Promise.all(drawCommands(draw, isOff).map((it) => runAndKill(it, drawKill(draw))));
      damages.push(...damagesOf(stateDir, join(folder, "copy")));
      noteDecision(farewellWaited);
    }
    collector.healthy = true;
    await finish("opt-in");
    await finish("report");
    engine.install(release(++version));
    await finish("report");
    const state = openState(stateDir);
    const journal = state.reports(new Date(0)).map((it) => ({ ...it, attempts: state.attempts(it.id) }));
    const baseline = state.baseline();
    state.close();
    const { heard } = collector;
    const installed = versionOf(version);
    return { seed, fates, heard, decisions, journal: journal.reverse(), baseline, installed, damages };
  } finally {
    await Promise.all([engine.close(), collector.close()]);
    rmSync(folder, { recursive: true, force: true });
  }
}

const PATIENCE_MS = 1_500;
const LATEST_KILL_MS = 700;

function drawKill(draw: Draw): Kill {
  if (draw.chance(0.6)) return { afterMs: draw.int(0, LATEST_KILL_MS) };
  return { at: draw.pick(["heard", "answered"]), afterMs: draw.chance(0.5) ? 0 : draw.int(0, 25) };
}

/** One command, or two at the same time, of which at most one kind changes the consent. */
function drawCommands(draw: Draw, isOff: boolean): string[] {
  const looks = ["run", "run", "report"];
  const first = draw.pick(
    isOff
      ? [...looks, "opt-in", "opt-in", "opt-in", "opt-out"]
      : [...looks, ...looks, "opt-out", "opt-out", "opt-in"],
  );
  if (draw.chance(0.75)) return [first];
  return [first, draw.chance(0.2) ? first : draw.pick(looks)];
}

function release(version: number): Miniature {
  const versions = { ...CONTENTS["25.10.4"]?.versions, "openwisp-controller": versionOf(version) };
  return small("25.10.4", { versions });
}

function versionOf(version: number): string {
  return `1.3.${version}`;
}

function waits(stateDir: string, category: string): boolean {
  const state = readState(stateDir);
  const isThere = state?.queue().some((it) => it.category === category) ?? false;
  state?.close();
  return isThere;
}

/** Opens a copy, so that the next process finds the files as the kill has left them. */
function damagesOf(stateDir: string, copy: string): string[] {
  const damages: string[] = [];
  cpSync(stateDir, copy, { recursive: true });
  try {
    openState(copy, { onDamage: (message) => damages.push(message) }).close();
  } catch (error) {
    damages.push((error as Error).message);
  }
  rmSync(copy, { recursive: true });
  return damages;
}
