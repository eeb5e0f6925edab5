import { createHash } from "node:crypto";
import { html } from "hono/html";
import type { PageModel, PagePreview } from "../page-model.ts";
import type { PageLinks } from "./links.ts";
import { copyButton, type Markup } from "./markup.ts";
import { readBody } from "./report-body.ts";
import { count } from "./words.ts";

/** The bytes that would be sent now. */
export function renderPreview({ installation, consent, condition }: PageModel, link: PageLinks): Markup {
  if (installation.kind === "unknown") return html`<p>There is nothing to send: see above.</p>`;
  const { preview } = installation;
  if (!preview)
    return html`<p>It cannot be said now: whether this would be an Install depends on the age of the installation, which cannot be read from the Docker Engine at the moment. Reload the page to try again.</p>`;
  const obstacle = whyNotSent(preview, consent.given, condition.stateProblem !== undefined);
  return html`${obstacle && html`<p class="mild"><b>It is not sent now:</b> ${obstacle}</p>`}
${renderBody(preview.body, link)}`;
}

function whyNotSent({ held }: PagePreview, isOn: boolean, isStuck: boolean): string | undefined {
  if (!isOn) return "usage metrics are off. With them on, it would be this.";
  if (held === "development") return "development installations (DEBUG_MODE is on) report nothing.";
  if (held === "standing by")
    return "standing by, as OpenWISP’s own collector already reports. Once that is switched off, it is this.";
  return isStuck ? "nothing can be stored." : undefined;
}

function renderBody(body: string, { basePath, previewSha256 }: PageLinks): Markup {
  const { category, values } = readBody(body);
  const bytes = Buffer.from(body);
  const what = category === undefined ? "A report" : `${/^[AIU]/.test(category) ? "An" : "A"} ${category}`;
  return html`<p>${what} with ${count(values.size, "event")}, one for each value. These are the exact ${bytes.length} bytes; the line breaks are only shown, they are not part of them.</p>
<pre id="body" class="body" tabindex="0" role="region" aria-label="Body of the request">${eventsOf(body)}</pre>
<p class="actions">${copyButton("body")}${
    previewSha256 &&
    html` <a class="button" href="${basePath}/preview/${previewSha256}.json" download>Download</a>`
  }</p>
<p class="fine">SHA-256: <code>${createHash("sha256").update(bytes).digest("hex")}</code></p>`;
}

/** Each event on a line of its own, by style: the text stays as it is. */
function eventsOf(body: string): Markup[] {
  return body.split(/(?<=[[,])(?=\{"category")|(?=\]\}$)/).map((it) => html`<span>${it}</span>`);
}
