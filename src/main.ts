#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { styleText } from "node:util";
import manifest from "../package.json" with { type: "json" };
import { type CommandContext, EXIT, type ExitCode, runCommand } from "./cli.ts";
import { collectionSwitch } from "./collection-switch.ts";
import type { ConfigError } from "./config.ts";
import { parseEngineAddress } from "./docker/engine-address.ts";
import { describeFailure } from "./failure.ts";
import { giveUpRoot } from "./privileges.ts";
import { DEFAULT_STATE_DIR } from "./state/state-folder.ts";

/** How long a stop may take before it is made: what is stored is safe at any time. */
const STOP_MS = 1_500;

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
  edge: {
    version: manifest.version,
    env: process.env,
    // Made when they are used.
    get stdin() {
      return process.stdin;
    },
    get stdout() {
      return process.stdout;
    },
    get stderr() {
      return process.stderr;
    },
    pid: process.pid,
    user: { uid: process.getuid?.() ?? 0, gids: process.getgroups?.() ?? [], rootBecause },
    readText,
    command: [process.execPath, import.meta.filename],
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
