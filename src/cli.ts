import { EXIT, type ExitCode } from "./exit.ts";
import type { Health } from "./health.ts";
import type { ProcessEdge } from "./program.ts";
import type { Paint } from "./terminal.ts";

/** What a command may use. */
export interface CommandContext {
  readonly edge: ProcessEdge;
  /** On its own: Docker asks for it every few minutes, and it should cost nothing. */
  readonly health: () => Promise<Health>;
  readonly signal: AbortSignal;
  readonly print: (text: string) => void;
  readonly complain: (text: string) => void;
  /** Colours for what is printed, where it goes to a terminal. */
  readonly paint: Paint;
}

interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  readonly examples?: readonly string[];
  readonly json?: true;
  /** How many lines it prints unless told otherwise. */
  readonly limit?: number;
  /** Not a command for people. */
  readonly hidden?: true;
}

export interface Options {
  readonly json?: boolean;
  readonly limit?: number | undefined;
}

const COMMANDS = [
  { name: "run", summary: "look at the installation and report, until stopped (the default)" },
  { name: "report", summary: "look and report once, now: an Install, an Upgrade or else a Heartbeat" },
  {
    name: "preview",
    summary: "print the exact JSON body that would be sent now; sends and stores nothing",
    examples: ["preview", "preview --json"],
    json: true,
  },
  {
    name: "status",
    summary: "show what was reported, what waits and what comes next",
    examples: ["status", "status --json"],
    json: true,
  },
  {
    name: "history",
    summary: "show the reports of the last 400 days, newest first, and what became of them",
    examples: ["history", "history --limit 5", "history --json --limit 1"],
    json: true,
    limit: 30,
  },
  {
    name: "explain",
    summary: "show which evidence gave each value, and what was held back",
    examples: ["explain", "explain --json"],
    json: true,
  },
  {
    name: "doctor",
    summary: "show what may and may not be reached, and what to do about it",
    examples: ["doctor", "doctor --json"],
    json: true,
  },
  {
    name: "opt-out",
    summary: "turn usage metrics off: discards what waits, sends one last event that says so",
    examples: ["opt-out"],
    json: true,
  },
  { name: "opt-in", summary: "turn usage metrics on again", examples: ["opt-in"], json: true },
  {
    name: "page-url",
    summary: "print a fresh link to the System Info page; the one before it is no longer valid",
    examples: ["page-url"],
    json: true,
  },
  { name: "healthcheck", summary: "exit with 0 if the daemon is healthy, else with 1 (for Docker)" },
  { name: "draw-token", summary: "draw a token for the System Info page", hidden: true },
  { name: "post-one-report", summary: "post what comes on standard input", hidden: true },
] as const satisfies readonly CommandSpec[];

const SPECS: readonly (CommandSpec & { readonly name: CommandName })[] = COMMANDS;

type CommandName = (typeof COMMANDS)[number]["name"];
/** A command that the health check is not: it loads the whole program. */
export type WholeCommand = Exclude<CommandName, "healthcheck">;

async function runOne(name: CommandName, context: CommandContext, options: Options): Promise<ExitCode> {
  if (name === "healthcheck") {
    const { healthy, reason } = await context.health();
    context.print(`${healthy ? "healthy" : "unhealthy"}: ${reason}`);
    return healthy ? EXIT.done : EXIT.failed;
  }
  const { WHOLE_COMMANDS } = await import("./commands.ts");
  return WHOLE_COMMANDS[name](context, options);
}

/** Runs the command that `args` (without the program's name) ask for. Errors of the command itself are thrown. */
export async function runCommand(args: readonly string[], context: CommandContext): Promise<ExitCode> {
  const [first = "run", ...others] = args;
  const named = SPECS.find((it) => it.name === first);
  // What needs no parsing does not load the parser.
  if (named && others.length === 0) return runOne(named.name, context, { limit: named.limit });
  if (["-V", "--version"].includes(first)) {
    context.print(context.edge.version);
    return EXIT.done;
  }
  if (!named && !first.startsWith("-")) {
    context.complain(`unknown command '${first}'; openwisp-metrics --help lists them`);
    return EXIT.configuration;
  }
  return parseAndRun(args, context);
}

async function parseAndRun(args: readonly string[], context: CommandContext): Promise<ExitCode> {
  const { Command, CommanderError, InvalidArgumentError } = await import("commander");
  const toLimit = (text: string) => {
    const limit = Number(text);
    if (!Number.isInteger(limit) || limit < 1)
      throw new InvalidArgumentError("expected a whole number from 1.");
    return limit;
  };
  let exit: ExitCode = EXIT.done;
  const program = new Command("openwisp-metrics")
    .description("Reports the anonymous usage metrics of an OpenWISP installation and shows what it sends.")
    .version(context.edge.version, "-V, --version")
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: (it) => context.print(it.trimEnd()),
      writeErr: (it) => context.complain(it.trimEnd()),
    })
    .addHelpText("after", EPILOGUE);
  for (const spec of SPECS) {
    const command = program
      .command(spec.name, { isDefault: spec.name === "run", hidden: spec.hidden ?? false })
      .description(spec.summary)
      .allowExcessArguments(false)
      .action(async (options: Options) => {
        exit = await runOne(spec.name, context, options);
      });
    if (spec.json) command.option("--json", "print JSON");
    if (spec.limit) command.option("--limit <number>", "how many at most", toLimit, spec.limit);
    if (spec.examples)
      command.addHelpText("after", `\nExamples:\n${spec.examples.map((it) => `  ${EXEC} ${it}`).join("\n")}`);
  }
  try {
    await program.parseAsync([...args], { from: "user" });
    return exit;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.done : EXIT.configuration;
  }
}

const EXEC = "docker compose exec metrics openwisp-metrics";

const EPILOGUE = `
Exit codes: 0 done, nothing due, off or standing by; 1 failed; 2 wrong
configuration or usage; 3 the report is stored but could not be delivered yet.

Examples:
  ${EXEC} preview
  ${EXEC} status --json
  ${EXEC} history --help`;
