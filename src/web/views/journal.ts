import { html } from "hono/html";
import type { HistoryEntry } from "../../history.ts";
import { localTime } from "../../local-time.ts";
import type { PageLinks } from "./links.ts";
import { icon, type Markup } from "./markup.ts";
import { DAY_KINDS, STATUSES } from "./shapes.ts";
import { clip, count, dueOf, timeOf } from "./words.ts";

const ROWS = 25;
/** Where the rows have more attempts than this, only the last few of each are listed. */
const MANY_ATTEMPTS = 150;
const FEW = 6;

/** A page of the reports, newest first. @param about what each report is about, by id */
export function renderJournal(
  history: readonly HistoryEntry[],
  about: ReadonlyMap<number, string>,
  { basePath, before }: PageLinks,
  now: Date,
): Markup {
  const older = before === undefined ? history : history.filter((it) => it.id < before);
  const shown = older.slice(0, ROWS);
  const last = shown.at(-1);
  const attempts = shown.reduce((sum, it) => sum + it.attempts.length, 0);
  const limit = attempts > MANY_ATTEMPTS ? FEW : MANY_ATTEMPTS;
  const from = history.length - older.length;
  return html`<h3 id="journal">All reports</h3>
${
  last
    ? html`<table class="journal">
<caption>Reports ${from + 1} to ${from + shown.length} of ${history.length}, newest first</caption>
<thead><tr><th scope="col">Time</th><th scope="col">Report</th><th scope="col">Outcome</th><th scope="col">Attempts</th><th scope="col">Body</th></tr></thead>
<tbody>${shown.map((it) => renderRow(it, about.get(it.id), limit, basePath, now))}</tbody>
</table>`
    : html`<p>There is nothing older.</p>`
}
${renderPager(basePath, from > 0, older.length > ROWS ? last?.id : undefined)}`;
}

function renderPager(basePath: string, hasNewer: boolean, oldest: number | undefined): Markup | undefined {
  if (!hasNewer && oldest === undefined) return undefined;
  return html`<p class="pager">${hasNewer && html`<a class="button" href="${basePath}/#journal">Newest</a>`}${
    oldest !== undefined && html`<a class="button" href="${basePath}/?before=${oldest}#journal">Older</a>`
  }</p>`;
}

function renderRow(
  entry: HistoryEntry,
  about: string | undefined,
  limit: number,
  basePath: string,
  now: Date,
): Markup {
  const { id, category, observedAt, status, outcome, attempts, nextAttemptAt } = entry;
  return html`<tr><th scope="row">${timeOf(observedAt)}</th><td><b>${category}</b>${about && html` <small>${clip(about, 80)}</small>`}</td>
<td>${icon(DAY_KINDS[status])} ${STATUSES[status]}${outcome && html` <small>${clip(outcome, 160)}</small>`}${nextAttemptAt && html` <small class="next">next attempt ${dueOf(nextAttemptAt, now)}</small>`}</td>
<td>${attempts.length === 0 ? "none" : renderAttempts(attempts, limit)}</td><td><a href="${basePath}/reports/${id}.json">${id}.json</a></td></tr>
`;
}

function renderAttempts(attempts: HistoryEntry["attempts"], limit: number): Markup {
  const more = attempts.length - limit;
  return html`<details><summary>${count(attempts.length, "attempt")}</summary><ol>${
    more > 0 && html`<li>${more} earlier</li>`
  }${attempts.slice(-limit).map(({ at, outcome }) => html`<li>${localTime(at)}: ${clip(outcome, 90)}</li>`)}</ol></details>`;
}
