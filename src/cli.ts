import type { App, ReportResult } from "./app.ts";
import type { Health } from "./health.ts";
import type { Preview } from "./preview.ts";
import type { Paint } from "./terminal.ts";

export const EXIT = { done: 0, failed: 1, configuration: 2, notDelivered: 3 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What a command may use. `app` is made on demand, with the log where this command wants it. */
export interface CommandContext {
  readonly app: (log: "stdout" | "stderr") => Promise<App>;
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
  readonly run: (context: CommandContext, options: Options) => Promise<ExitCode> | ExitCode;
}

interface Options {
  readonly json?: boolean;
  readonly limit?: number;
}

const HISTORY_LIMIT = 30;

const COMMANDS: readonly CommandSpec[] = [
  {
    name: "run",
    summary: "look at the installation and report, until stopped (the default)",
    run: async ({ app, signal }) => {
      await (await app("stdout")).run(signal);
      return EXIT.done;
    },
  },
  {
    name: "report",
    summary: "look and report once, now: an Install, an Upgrade or else a Heartbeat",
    run: async ({ app, signal }) => reportExit(await (await app("stderr")).report(signal)),
  },
  {
    name: "preview",
    summary: "print the exact JSON body that would be sent now; sends and stores nothing",
    examples: ["preview", "preview --json"],
    json: true,
    run: async (context, options) =>
      showPreview(await (await context.app("stderr")).preview(), context, options),
  },
  {
    name: "status",
    summary: "show what was reported, what waits and what comes next",
    examples: ["status", "status --json"],
    json: true,
    run: async ({ app, print, paint }, { json }) => {
      const { formatStatus } = await import("./status.ts");
      const status = (await app("stderr")).status();
      print(json ? toJson(status) : formatStatus(status, paint));
      return EXIT.done;
    },
  },
  {
    name: "history",
    summary: "show the reports of the last 400 days, newest first, and what became of them",
    examples: ["history", "history --limit 5", "history --json --limit 1"],
    json: true,
    limit: HISTORY_LIMIT,
    run: async ({ app, print, paint }, { json, limit = HISTORY_LIMIT }) => {
      const { formatHistory } = await import("./history.ts");
      const entries = (await app("stderr")).history();
      print(json ? toJson(entries.slice(0, limit)) : formatHistory(entries, limit, paint));
      return EXIT.done;
    },
  },
  {
    name: "explain",
    summary: "show which evidence gave each value, and what was held back",
    examples: ["explain", "explain --json"],
    json: true,
    run: async ({ app, print, complain }, { json }) => {
      const result = await (await app("stderr")).explain();
      if (result.kind === "unknown") {
        complain(`${result.reason}; ${result.hint}`);
        return EXIT.failed;
      }
      const { formatExplanation } = await import("./explain.ts");
      print(json ? toJson(result.explanation) : formatExplanation(result.explanation));
      return EXIT.done;
    },
  },
  {
    name: "doctor",
    summary: "show what may and may not be reached, and what to do about it",
    examples: ["doctor", "doctor --json"],
    json: true,
    run: async ({ app, print, paint }, { json }) => {
      const diagnosis = await (await app("stderr")).diagnose();
      const { formatDiagnosis } = await import("./doctor.ts");
      print(json ? toJson(diagnosis) : formatDiagnosis(diagnosis, paint));
      return diagnosis.able ? EXIT.done : EXIT.failed;
    },
  },
  {
    name: "opt-out",
    summary: "turn usage metrics off: discards what waits, sends one last event that says so",
    examples: ["opt-out"],
    json: true,
    run: (context, options) => changeConsent(false, context, options),
  },
  {
    name: "opt-in",
    summary: "turn usage metrics on again",
    examples: ["opt-in"],
    json: true,
    run: (context, options) => changeConsent(true, context, options),
  },
  {
    name: "page-url",
    summary: "print a fresh link to the System Info page; the one before it is no longer valid",
    examples: ["page-url"],
    json: true,
    run: async ({ app, print }, { json }) => {
      const url = await (await app("stderr")).pageUrl();
      print(json ? toJson({ url }) : url);
      return EXIT.done;
    },
  },
  {
    name: "healthcheck",
    summary: "exit with 0 if the daemon is healthy, else with 1 (for Docker)",
    run: async ({ health, print }) => {
      const { healthy, reason } = await health();
      print(`${healthy ? "healthy" : "unhealthy"}: ${reason}`);
      return healthy ? EXIT.done : EXIT.failed;
    },
  },
];

/** Runs the command that `args` (without the program's name) ask for. Errors of the command itself are thrown. */
export async function runCommand(
  args: readonly string[],
  version: string,
  context: CommandContext,
): Promise<ExitCode> {
  const [first = "run", ...others] = args;
  const named = COMMANDS.find((it) => it.name === first);
  // What needs no parsing does not load the parser.
  if (named && others.length === 0) return named.run(context, {});
  if (["-V", "--version"].includes(first)) {
    context.print(version);
    return EXIT.done;
  }
  if (!named && !first.startsWith("-")) {
    context.complain(`unknown command '${first}'; openwisp-metrics --help lists them`);
    return EXIT.configuration;
  }
  return parseAndRun(args, version, context);
}

async function parseAndRun(
  args: readonly string[],
  version: string,
  context: CommandContext,
): Promise<ExitCode> {
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
    .version(version, "-V, --version")
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: (it) => context.print(it.trimEnd()),
      writeErr: (it) => context.complain(it.trimEnd()),
    })
    .addHelpText("after", EPILOGUE);
  for (const spec of COMMANDS) {
    const command = program
      .command(spec.name, { isDefault: spec.name === "run" })
      .description(spec.summary)
      .allowExcessArguments(false)
      .action(async (options: Options) => {
        exit = await spec.run(context, options);
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

function toJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2);
}

const WITHOUT_STATE =
  "To opt out all the same: METRIC_COLLECTION=False in .env, then docker compose up -d metrics";

async function changeConsent(
  given: boolean,
  { app, signal, print, complain }: CommandContext,
  { json }: Options,
): Promise<ExitCode> {
  const change = await (await app("stderr")).changeConsent(given, "command line", signal).catch((error) => {
    if (!given) complain(WITHOUT_STATE);
    throw error;
  });
  const [{ describeChange }, { inWidth }] = await Promise.all([
    import("./consent-change.ts"),
    import("./terminal.ts"),
  ]);
  print(json ? toJson(change) : describeChange(given, change).split("\n").flatMap(inWidth).join("\n"));
  if (change.farewell === "refused") return EXIT.failed;
  return change.farewell === "waiting" ? EXIT.notDelivered : EXIT.done;
}

function reportExit(result: ReportResult | undefined): ExitCode {
  if (!result) return EXIT.done;
  const { pass, delivery } = result;
  if (pass.kind === "unknown" || delivery.refused > 0) return EXIT.failed;
  return delivery.waiting > 0 ? EXIT.notDelivered : EXIT.done;
}

function showPreview(preview: Preview, { print, complain }: CommandContext, { json }: Options): ExitCode {
  if (preview.kind === "unknown") {
    complain(`${preview.reason}; ${preview.hint}`);
    return EXIT.failed;
  }
  const { body, held } = preview;
  if (held) complain(`this would not be sent: ${held}`);
  const { hash } = process.getBuiltinModule("node:crypto");
  print(json ? toJson({ body, sha256: hash("sha256", body), held: held ?? null }) : body);
  return EXIT.done;
}
