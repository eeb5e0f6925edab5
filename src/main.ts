#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import manifest from "../package.json" with { type: "json" };
import { createApp } from "./app.ts";
import { type CommandContext, EXIT, type ExitCode, runCommand } from "./cli.ts";
import { SYSTEM_CLOCK } from "./clock.ts";
import { ConfigError, loadConfig } from "./config.ts";
import { createLog } from "./log.ts";

/** How long a stop may take before it is made: what is stored is safe at any time. */
const STOP_MS = 1_500;

// Deprecations inside of dependencies are nothing for the reader of the log.
process.noDeprecation = true;

const stop = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const)
  process.on(signal, () => {
    if (stop.signal.aborted) process.exit(EXIT.failed);
    stop.abort();
    setTimeout(() => process.exit(EXIT.done), STOP_MS).unref();
  });

const context: CommandContext = {
  signal: stop.signal,
  print: (text) => void process.stdout.write(`${text}\n`),
  complain: (text) => void process.stderr.write(`${text}\n`),
  app: (destination) => {
    const config = loadConfig(process.env);
    const now = () => SYSTEM_CLOCK.now();
    return createApp(config, {
      version: manifest.version,
      clock: SYSTEM_CLOCK,
      random: Math.random,
      log: createLog({ ...config.log, destination: process[destination], now }),
      pid: process.pid,
      user: { uid: process.getuid?.() ?? 0, gids: process.getgroups?.() ?? [] },
      surroundings: { hostname: hostname(), readText },
    });
  },
};

process.exitCode = await main();
// What is written to a pipe may still be on its way.
for (const stream of [process.stdout, process.stderr]) await new Promise((done) => stream.write("", done));
// A connection that still lingers holds nobody up.
process.exit();

async function main(): Promise<ExitCode> {
  const [major] = process.versions.node.split(".");
  if (Number(major) < 24) return fail(`openwisp-metrics needs Node 24 or newer; this is ${process.version}`);
  try {
    return await runCommand(process.argv.slice(2), manifest.version, context);
  } catch (error) {
    if (!(error instanceof ConfigError)) return fail(describe(error));
    context.complain(`openwisp-metrics cannot start: ${error.message}`);
    for (const problem of error.problems) context.complain(`  ${problem}`);
    return EXIT.configuration;
  }
}

function fail(message: string): ExitCode {
  context.complain(message);
  return EXIT.failed;
}

/** One line, with a hint where there is one. */
function describe(error: unknown): string {
  const { message, hint } = error as Error & { hint?: string };
  const line = `openwisp-metrics failed: ${message ?? error}${hint ? `; ${hint}` : ""}`;
  return line.replaceAll(/\s+/g, " ");
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
