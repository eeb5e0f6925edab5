#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { styleText } from "node:util";
import manifest from "../package.json" with { type: "json" };
import { type CommandContext, EXIT, type ExitCode, runCommand } from "./cli.ts";
import { SYSTEM_CLOCK } from "./clock.ts";
import { collectionSwitch } from "./collection-switch.ts";
import type { ConfigError } from "./config.ts";
import { parseEngineAddress } from "./docker/engine-address.ts";
import { describeFailure } from "./failure.ts";
import { giveUpRoot } from "./privileges.ts";
import { DEFAULT_STATE_DIR } from "./state/state-folder.ts";

/** How long a stop may take before it is made: what is stored is safe at any time. */
const STOP_MS = 1_500;
/** Not a command for people. */
const POST = "post-one-report";

// Before anything that is not ours is read; what is made from now on is for nobody else.
process.umask(0o077);
const stateDir = process.env.STATE_DIR?.trim() || DEFAULT_STATE_DIR;
const rootBecause = giveUpRoot(process, {
  stateDir,
  socketPath: socketPath(),
});

// Deprecations inside of dependencies are nothing for the reader of the log.
process.noDeprecation = true;

const stop = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const)
  process.on(signal, () => {
    if (stop.signal.aborted) process.exit(EXIT.failed);
    stop.abort();
    setTimeout(() => process.exit(EXIT.done), STOP_MS).unref();
  });

process.on("uncaughtException", (error) => {
  context.complain(describeFailure(error));
  process.exit(EXIT.failed);
});

const context: CommandContext = {
  signal: stop.signal,
  print: (text) => void process.stdout.write(`${text}\n`),
  complain: (text) => void process.stderr.write(`${text}\n`),
  paint: (colour, text) => styleText(colour, text, { stream: process.stdout }),
  health: async () => {
    const { readHealth } = await import("./health.ts");
    return readHealth(collectionSwitch(process.env), stateDir, new Date());
  },
  app: async (destination) => {
    const daemonEdge = destination === "stdout" ? await createDaemonEdge() : {};
    const { loadConfig } = await import("./config.ts");
    const config = loadConfig(process.env);
    const [{ createApp }, { createLog }] = await Promise.all([import("./app.ts"), import("./log.ts")]);
    const now = () => SYSTEM_CLOCK.now();
    return createApp(config, {
      version: manifest.version,
      clock: SYSTEM_CLOCK,
      random: Math.random,
      log: createLog({ ...config.log, destination: process[destination], now }),
      pid: process.pid,
      user: { uid: process.getuid?.() ?? 0, gids: process.getgroups?.() ?? [], rootBecause },
      surroundings: { hostname: hostname(), readText },
      ...daemonEdge,
    });
  },
};

void main().then(async (code) => {
  // What is written to a pipe may still be on its way.
  for (const stream of [process.stdout, process.stderr]) await new Promise((done) => stream.write("", done));
  // A connection that still lingers holds nobody up.
  process.exit(code);
});

async function main(): Promise<ExitCode> {
  const [major] = process.versions.node.split(".");
  if (Number(major) < 24) return fail(`openwisp-metrics needs Node 24 or newer; this is ${process.version}`);
  try {
    if (process.argv[2] === POST) {
      const { answerPost } = await import("./delivery/post-process.ts");
      const { post } = await context.app("stderr");
      await answerPost(process.stdin, context.print, post);
      return EXIT.done;
    }
    return await runCommand(process.argv.slice(2), manifest.version, context);
  } catch (error) {
    if ((error as Partial<ConfigError> | undefined)?.code !== "CONFIG") return fail(describeFailure(error));
    const { message, problems } = error as ConfigError;
    context.complain(`openwisp-metrics cannot start: ${message}`);
    for (const problem of problems) context.complain(`  ${problem}`);
    return EXIT.configuration;
  }
}

function fail(message: string): ExitCode {
  context.complain(message);
  return EXIT.failed;
}

/** The daemon is there all day: it saves memory, and its way to the collector is this program once more. */
async function createDaemonEdge() {
  const [{ createPostProcess }, { saveMemory }] = await Promise.all([
    import("./delivery/post-process.ts"),
    import("./memory.ts"),
  ]);
  const post = createPostProcess([process.execPath, import.meta.filename, POST]);
  return { post, tidyUp: saveMemory() };
}

/** Undefined also where DOCKER_HOST is wrong, which is said when the configuration is read. */
function socketPath(): string | undefined {
  try {
    const address = parseEngineAddress(process.env);
    return "socketPath" in address ? address.socketPath : undefined;
  } catch {
    return undefined;
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
