import { html } from "hono/html";
import { HAND_OVER } from "../../installation/hand-over.ts";
import type { PageModel } from "../page-model.ts";
import { copyable, icon, type Markup } from "./markup.ts";
import { clip, inWords, timeOf } from "./words.ts";

export type Tone = "good" | "quiet" | "warn" | "bad";

interface Notice {
  readonly tone: Tone;
  readonly title: string;
  readonly text: Markup | string;
}

/** What matters most now, first of all; where nothing is the matter, that. */
export function renderNotices(model: PageModel, said: string | undefined): Markup {
  const matters = [...mattersOf(model)];
  const notices = matters.length > 0 ? matters : [allIsWell(model)];
  return html`${said && html`<p class="said" role="status">${said}</p>`}
${notices.map(
  ({
    tone,
    title,
    text,
  }) => html`<div class="notice ${tone}">${icon(tone)}<div><h2>${title}</h2>${text}</div></div>
`,
)}`;
}

function* mattersOf({ consent, installation, condition }: PageModel): Iterable<Notice> {
  const { stateProblem, collector } = condition;
  if (stateProblem)
    yield {
      tone: "bad",
      title: "Nothing can be stored, so nothing is sent",
      text: withHint("state-hint", stateProblem.message, stateProblem.hint),
    };
  if (!consent.given)
    yield {
      tone: "quiet",
      title: "Usage metrics are off",
      text: html`<p>${sentence(consent.because)} Nothing is looked at in the background and nothing is sent; what this page shows of the installation was read for this page only.</p>`,
    };
  if (installation.kind === "unknown") {
    const isEngine = installation.missing === "engine";
    yield {
      tone: isEngine ? "bad" : "warn",
      title: isEngine ? "The Docker Engine cannot be asked" : "No OpenWISP was found yet",
      text: withHint("look-hint", installation.reason, installation.hint),
    };
  } else if (installation.explanation.hold === "development")
    yield {
      tone: "quiet",
      title: "Development installation: nothing is reported",
      text: html`<p><code>DEBUG_MODE</code> is on in the OpenWISP containers.</p>`,
    };
  else if (installation.explanation.hold === "standing by")
    yield {
      tone: "quiet",
      title: "Standing by: OpenWISP’s own collector already reports",
      text: html`<p>It is switched on in <code>celerybeat</code>, so nothing is sent from here, and your installation is counted once. To let this container report instead, put this into <code>docker-compose.override.yml</code> and run <code>docker compose up -d</code>:</p>
${copyable("hand-over", HAND_OVER)}`,
    };
  if (collector && !collector.answers)
    yield {
      tone: "warn",
      title: "The collector does not answer",
      text: html`<p>It has not since ${timeOf(collector.since)}. Nothing is broken or lost: reports are kept and tried again.</p>`,
    };
}

function allIsWell({ consent, history, condition, now }: PageModel): Notice {
  const last = history.find((it) => it.status === "delivered")?.finishedAt;
  const next = condition.nextHeartbeat;
  const sentences = [
    sentence(consent.because),
    last ? `The last report was delivered ${inWords(last, now)}.` : "Nothing was sent yet.",
    next && `The next heartbeat is due ${inWords(next, now)}.`,
  ];
  const text = html`<p>${sentences.filter(Boolean).join(" ")}</p>`;
  return { tone: "good", title: "Usage metrics are on", text };
}

/** A hint of several lines has lines to copy after the first. */
function withHint(id: string, reason: string, hint: string): Markup {
  const [first = "", ...lines] = clip(hint, 1000).split("\n");
  return html`<p>${sentence(clip(reason, 500))} ${lines.length > 0 ? capital(first) : sentence(first)}</p>
${lines.length > 0 && copyable(id, lines.join("\n"))}`;
}

/** The log's "nobody turned them off" as a sentence. */
function sentence(text: string): string {
  return /[.?!:]$/.test(text) ? capital(text) : `${capital(text)}.`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
