import { Command, CommanderError } from "commander";
import type { App, ReportResult } from "./app.ts";
import { describeChange } from "./consent-change.ts";
import { formatDiagnosis } from "./doctor.ts";
import { formatExplanation } from "./explain.ts";
import type { Preview } from "./preview.ts";
import { formatStatus } from "./status.ts";

export const EXIT = { done: 0, failed: 1, configuration: 2, notDelivered: 3 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What a command may use. `app` is made on demand, with the log where this command wants it. */
export interface CommandContext {
  readonly app: (log: "stdout" | "stderr") => App;
  readonly signal: AbortSignal;
  readonly print: (text: string) => void;
  readonly complain: (text: string) => void;
}

interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  readonly json?: true;
  readonly run: (context: CommandContext, options: Options) => Promise<ExitCode> | ExitCode;
}

interface Options {
  readonly json?: boolean;
}

const COMMANDS: readonly CommandSpec[] = [
  {
    name: "run",
    summary: "look at the installation and report, until stopped (the default)",
    run: async ({ app, signal }) => {
      await app("stdout").run(signal);
      return EXIT.done;
    },
  },
  {
    name: "report",
    summary: "look and report once, now: an Install, an Upgrade or else a Heartbeat",
    run: async ({ app, signal }) => reportExit(await app("stderr").report(signal)),
  },
  {
    name: "preview",
    summary: "print the exact JSON body that would be sent now; sends and stores nothing",
    run: async ({ app, print, complain }) => previewExit(await app("stderr").preview(), print, complain),
  },
  {
    name: "status",
    summary: "show what was reported, what waits and what comes next",
    json: true,
    run: ({ app, print }, { json }) => {
      const status = app("stderr").status();
      print(json ? toJson(status) : formatStatus(status));
      return EXIT.done;
    },
  },
  {
    name: "explain",
    summary: "show which evidence gave each value, and what was held back",
    json: true,
    run: async ({ app, print, complain }, { json }) => {
      const result = await app("stderr").explain();
      if (result.kind === "unknown") {
        complain(`${result.reason}; ${result.hint}`);
        return EXIT.failed;
      }
      print(json ? toJson(result.explanation) : formatExplanation(result.explanation));
      return EXIT.done;
    },
  },
  {
    name: "doctor",
    summary: "show what may and may not be reached, and what to do about it",
    json: true,
    run: async ({ app, print }, { json }) => {
      const diagnosis = await app("stderr").diagnose();
      print(json ? toJson(diagnosis) : formatDiagnosis(diagnosis));
      return diagnosis.able ? EXIT.done : EXIT.failed;
    },
  },
  {
    name: "opt-out",
    summary: "turn usage metrics off: discards what waits, sends one last event that says so",
    json: true,
    run: (context, options) => changeConsent(false, context, options),
  },
  {
    name: "opt-in",
    summary: "turn usage metrics on again",
    json: true,
    run: (context, options) => changeConsent(true, context, options),
  },
  {
    name: "healthcheck",
    summary: "exit with 0 if the daemon is healthy, else with 1 (for Docker)",
    run: ({ app, print }) => {
      const { healthy, reason } = app("stderr").health();
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
  }
  const [first = ""] = args;
  if (/^[^-]/.test(first) && !COMMANDS.some((it) => it.name === first)) {
    context.complain(`unknown command '${first}'; openwisp-metrics --help lists them`);
    return EXIT.configuration;
  }
  try {
    await program.parseAsync([...args], { from: "user" });
    return exit;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.done : EXIT.configuration;
  }
}

const EPILOGUE = `
Exit codes: 0 done, nothing due, off or standing by; 1 failed; 2 wrong configuration or usage;
3 the report is stored but could not be delivered yet.

Examples:
  docker compose exec metrics openwisp-metrics preview
  docker compose exec metrics openwisp-metrics status --json`;

function toJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2);
}

async function changeConsent(
  given: boolean,
  { app, signal, print }: CommandContext,
  { json }: Options,
): Promise<ExitCode> {
  const change = await app("stderr").changeConsent(given, "command line", signal);
  print(json ? toJson(change) : describeChange(given, change));
  if (change.farewell === "refused") return EXIT.failed;
  return change.farewell === "waiting" ? EXIT.notDelivered : EXIT.done;
}

function reportExit(result: ReportResult | undefined): ExitCode {
  if (!result) return EXIT.done;
  const { pass, delivery } = result;
  if (pass.kind === "unknown" || delivery.refused > 0) return EXIT.failed;
  return delivery.waiting > 0 ? EXIT.notDelivered : EXIT.done;
}

function previewExit(
  preview: Preview,
  print: CommandContext["print"],
  complain: CommandContext["complain"],
): ExitCode {
  if (preview.kind === "unknown") {
    complain(`${preview.reason}; ${preview.hint}`);
    return EXIT.failed;
  }
  if (preview.held) complain(`this would not be sent: ${preview.held}`);
  print(preview.body);
  return EXIT.done;
}
