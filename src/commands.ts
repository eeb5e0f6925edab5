import { createHash } from "node:crypto";
import type { App, ReportResult } from "./app.ts";
import type { CommandContext, Options, WholeCommand } from "./cli.ts";
import { describeChange } from "./consent-change.ts";
import { answerPost } from "./delivery/post-process.ts";
import { formatDiagnosis } from "./doctor.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { formatExplanation } from "./explain.ts";
import { formatHistory } from "./history.ts";
import type { Preview } from "./preview.ts";
import { createEdge } from "./process-edge.ts";
import { createProgram } from "./program.ts";
import { formatStatus } from "./status.ts";
import { inWidth } from "./terminal.ts";
import { drawWithHash } from "./web/token.ts";

type Run = (context: CommandContext, options: Options) => Promise<ExitCode>;

/** What the commands do that need the whole program. Errors are thrown. */
export const WHOLE_COMMANDS: Readonly<Record<WholeCommand, Run>> = {
  async run({ edge, signal }) {
    await createProgram(edge, "stdout").run(signal);
    return EXIT.done;
  },

  async report({ edge, signal }) {
    return reportExit(await createProgram(edge, "stderr").report(signal));
  },

  async preview(context, options) {
    return showPreview(await createProgram(context.edge, "stderr").preview(), context, options);
  },

  async status({ edge, print, paint }, { json }) {
    const status = createProgram(edge, "stderr").status();
    print(json ? toJson(status) : formatStatus(status, paint));
    return EXIT.done;
  },

  async history({ edge, print, paint }, { json, limit }) {
    const entries = createProgram(edge, "stderr").history();
    print(json ? toJson(entries.slice(0, limit)) : formatHistory(entries, limit ?? entries.length, paint));
    return EXIT.done;
  },

  async explain({ edge, print, complain }, { json }) {
    const result = await createProgram(edge, "stderr").explain();
    if (result.kind === "unknown") {
      complain(`${result.reason}; ${result.hint}`);
      return EXIT.failed;
    }
    print(json ? toJson(result.explanation) : formatExplanation(result.explanation));
    return EXIT.done;
  },

  async doctor({ edge, print, paint }, { json }) {
    const diagnosis = await createProgram(edge, "stderr").diagnose();
    print(json ? toJson(diagnosis) : formatDiagnosis(diagnosis, paint));
    return diagnosis.able ? EXIT.done : EXIT.failed;
  },

  "opt-out": (context, options) => changeConsent(false, context, options),
  "opt-in": (context, options) => changeConsent(true, context, options),

  async "page-url"({ edge, print }, { json }) {
    const url = createProgram(edge, "stderr").pageUrl();
    print(json ? toJson({ url }) : url);
    return EXIT.done;
  },

  async "draw-token"({ print }) {
    print(JSON.stringify(drawWithHash()));
    return EXIT.done;
  },

  async "post-one-report"({ edge, print }) {
    await answerPost(edge.stdin, print, createProgram(edge, "stderr").post);
    return EXIT.done;
  },
};

/** The daemon, for the process that rests in its place. */
export function createDaemon(program: string): App {
  return createProgram(createEdge(program), "stdout");
}

function toJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2);
}

const WITHOUT_STATE =
  "To opt out all the same: METRIC_COLLECTION=False in .env, then docker compose up -d metrics";

async function changeConsent(
  given: boolean,
  { edge, signal, print, complain }: CommandContext,
  { json }: Options,
): Promise<ExitCode> {
  const app = createProgram(edge, "stderr");
  const change = await app.changeConsent(given, "command line", signal).catch((error) => {
    if (!given) complain(WITHOUT_STATE);
    throw error;
  });
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
  const sha256 = () => createHash("sha256").update(body).digest("hex");
  print(json ? toJson({ body, sha256: sha256(), held: held ?? null }) : body);
  return EXIT.done;
}
