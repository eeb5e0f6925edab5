import { html } from "hono/html";
import type { HistoryEntry } from "../../history.ts";
import type { PageModel } from "../page-model.ts";
import { renderJournal } from "./journal.ts";
import type { PageLinks } from "./links.ts";
import type { Markup } from "./markup.ts";
import { describeReport, type ReportBody, readBody } from "./report-body.ts";
import { renderTimeline } from "./timeline.ts";

/** What was reported in the last 12 months: as a picture, and report by report. */
export function renderHistory({ history, now }: PageModel, link: PageLinks): Markup {
  if (history.length === 0) return html`<p id="journal">Nothing was reported yet.</p>`;
  const about = describeReports(history);
  return html`${renderTimeline(history, about, now)}
${renderJournal(history, about, link, now)}`;
}

/** What each Install and Upgrade is about, by id, from the stored bodies. */
function describeReports(history: readonly HistoryEntry[]): Map<number, string> {
  const about = new Map<number, string>();
  let before: ReportBody | undefined;
  for (const { id, category, body } of history.toReversed()) {
    if (category === "Consent Withdrawn") continue;
    const current = readBody(body);
    if (category !== "Heartbeat") about.set(id, describeReport(current, before));
    if (current.values.size > 0) before = current;
  }
  return about;
}
