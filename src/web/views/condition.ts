import { html } from "hono/html";
import type { PageModel } from "../page-model.ts";
import type { Markup } from "./markup.ts";
import { clip, count, dueOf, inWords, timeOf, whenOf } from "./words.ts";

/** What the sidecar does, and when next. */
export function renderCondition(model: PageModel): Markup {
  const { condition, now } = model;
  const { lastLook, heartbeatSchedule } = condition;
  const rows: [string, Markup | string][] = [
    ["Collector", collector(model)],
    ["Waiting", waiting(model)],
    ["Next heartbeat", nextHeartbeat(model)],
    ["Schedule", heartbeatSchedule === undefined ? "none yet" : schedule(heartbeatSchedule)],
    ["Last look", lastLook ? whenOf(lastLook, now) : "none yet"],
    ["Docker Engine", engine(model)],
    ["Time now", timeOf(now)],
  ];
  return html`<dl class="rows">${rows.map(([title, text]) => html`<div><dt>${title}</dt><dd>${text}</dd></div>`)}</dl>`;
}

function collector({ condition, now }: PageModel): Markup | string {
  if (!condition.collector) return "not asked yet";
  const { answers, since } = condition.collector;
  return html`${answers ? "answers" : "has not answered"} since ${timeOf(since)}, ${inWords(since, now)}`;
}

function engine({ installation, condition }: PageModel): string {
  const { engineProblem, lastLook } = condition;
  if (installation.kind === "unknown" && installation.missing === "engine")
    return clip(installation.reason, 500);
  if (engineProblem) return `answers now; at the last look: ${clip(engineProblem, 500)}`;
  return lastLook ? "answers" : "answers; not looked at in the background yet";
}

function waiting({ history, now }: PageModel): Markup | string {
  const queue = history.filter((it) => it.status === "queued");
  const next = queue.at(-1)?.nextAttemptAt;
  if (queue.length === 0) return "nothing";
  return html`${count(queue.length, "report")}${next && html`; next attempt ${dueOf(next, now)}`}`;
}

function nextHeartbeat({ consent, installation, condition, now }: PageModel): Markup | string {
  if (!consent.given) return "none while usage metrics are off";
  if (installation.kind === "seen" && installation.explanation.hold)
    return `none while ${installation.explanation.hold === "development" ? "this is a development installation" : "standing by"}`;
  const { nextHeartbeat: next } = condition;
  return next ? dueOf(next, now) : "not known yet";
}

/** The daily slot in words, and as it is set. */
function schedule(expression: string): Markup {
  const [, minute, hour] = /^(\d{1,2}) (\d{1,2}) \* \* \*$/.exec(expression) ?? [];
  const words =
    minute &&
    hour &&
    `every day at ${hour.padStart(2, "0")}:${minute.padStart(2, "0")}, as the cron expression `;
  return html`${words}<code>${expression}</code>`;
}
