#!/usr/bin/env node
import { styleText } from "node:util";
import { type CommandContext, runCommand } from "./cli.ts";
import { collectionSwitch } from "./collection-switch.ts";
import type { ConfigError } from "./config.ts";
import { parseEngineAddress } from "./docker/engine-address.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { describeFailure } from "./failure.ts";
import { giveUpRoot } from "./privileges.ts";
import { createEdge } from "./process-edge.ts";
import { endOnFailures, endOnSignals, written } from "./process-end.ts";
import { DEFAULT_STATE_DIR } from "./state/state-folder.ts";

// Before anything that is not ours is read; what is made from now on is for nobody else.
process.umask(0o077);
const stateDir = process.env.STATE_DIR?.trim() || DEFAULT_STATE_DIR;
const rootBecause = giveUpRoot(process, { stateDir, socketPath: socketPath() });

// Deprecations inside of dependencies are nothing for the reader of the log.
process.noDeprecation = true;
endOnFailures();

const context: CommandContext = {
  edge: createEdge(import.meta.filename, rootBecause),
  signal: endOnSignals(),
  print: (text) => void process.stdout.write(`${text}\n`),
  complain: (text) => void process.stderr.write(`${text}\n`),
  paint: (colour, text) => styleText(colour, text, { stream: process.stdout }),
  health: async () => {
    const { readHealth } = await import("./health.ts");
    return readHealth(collectionSwitch(process.env), stateDir, new Date());
  },
};

void main().then(async (code) => {
  await written();
  // A connection that still lingers holds nobody up.
  process.exit(code);
});

async function main(): Promise<ExitCode> {
  const [major] = process.versions.node.split(".");
  if (Number(major) < 24) return fail(`openwisp-metrics needs Node 24 or newer; this is ${process.version}`);
  try {
    return await runCommand(process.argv.slice(2), context);
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
