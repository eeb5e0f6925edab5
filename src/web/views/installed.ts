import { html } from "hono/html";
import type { ExplainedValue } from "../../explain.ts";
import type { Evidence } from "../../installation/evidence.ts";
import type { InstallationView, PageModel } from "../page-model.ts";
import type { Markup } from "./markup.ts";
import { clip } from "./words.ts";

/** The values that are no modules, in the order of the page. */
const OPENWISP: Readonly<Record<string, string>> = {
  "OpenWISP Version": "OpenWISP version",
  "Installation Method": "Installation method",
};
const HOST: Readonly<Record<string, string>> = {
  os_version: "Operating system",
  kernel_version: "Kernel",
  hardware_platform: "Hardware platform",
};
const MAX_REMARKS = 20;

export function renderInstalled({ installation }: PageModel): Markup {
  if (installation.kind === "unknown") return html`<p>Nothing can be said about it now: see above.</p>`;
  return renderValues(installation);
}

function renderValues({ explanation }: Extract<InstallationView, { kind: "seen" }>): Markup {
  const { values, enabledModules, heldBack, warnings } = explanation;
  const modules = values.filter(({ name }) => !(name in OPENWISP || name in HOST));
  const called = (names: Readonly<Record<string, string>>) =>
    Object.entries(names).flatMap(([name, title]) =>
      values.filter((it) => it.name === name).map((it) => renderValue(it, title)),
    );
  const isFromApps = enabledModules === "INSTALLED_APPS";
  return html`<table class="values">
<caption class="vh">What is installed, and how it is known</caption>
<thead><tr><th scope="col">What</th><th scope="col">Value</th><th scope="col">Evidence</th></tr></thead>
<tbody><tr><th scope="rowgroup" colspan="3">OpenWISP</th></tr>${called(OPENWISP)}</tbody>
<tbody><tr><th scope="rowgroup" colspan="3">Enabled modules (${modules.length})</th></tr>${modules.map((it) => renderValue(it, it.name))}</tbody>
<tbody><tr><th scope="rowgroup" colspan="3">Host</th></tr>${called(HOST)}</tbody>
</table>
<p class="fine">Enabled modules are ${isFromApps ? html`those of <code>INSTALLED_APPS</code>` : "the usual ones (inferred)"}, less those that a <code>USE_OPENWISP_*</code> switch turns off.${
    values.some((it) => it.inferred) &&
    " Inferred means: nothing here states it, it was concluded from what is known of the release."
  }</p>
${remarks(
  "Held back: found, shown here only, never sent",
  heldBack.map(({ what, why }) => html`<li><b>${clip(what, 100)}</b>: ${clip(why)}</li>`),
)}
${remarks(
  "Worth knowing",
  warnings.map((it) => html`<li>${clip(it)}</li>`),
)}`;
}

function remarks(title: string, items: readonly Markup[]): Markup | undefined {
  if (items.length === 0) return undefined;
  const more = items.length - MAX_REMARKS;
  return html`<h3>${title}</h3>
<ul>${items.slice(0, MAX_REMARKS)}${more > 0 && html`<li>and ${more} more: <code>openwisp-metrics explain</code> shows them</li>`}</ul>`;
}

function renderValue({ name, value, inferred, evidence }: ExplainedValue, title: string): Markup {
  const shown = value === null ? html`<em>unknown, not sent</em>` : clip(value);
  return html`<tr><th scope="row">${clip(title)}</th><td${name === "OpenWISP Version" && html` class="big"`}>${shown}${inferred && html` <span class="mark">inferred</span>`}</td><td>${renderEvidence(evidence, value)}</td></tr>
`;
}

/** "from the release tag; the __openwisp_version__ said 25.10.1", and on demand where each was read. */
function renderEvidence(evidence: readonly Evidence[], final: string | null): Markup | undefined {
  const [won, ...others] = evidence;
  if (!won) return undefined;
  const heard = (it: Evidence) => it.said ?? it.value;
  const against = others.filter((it) => heard(it) !== final);
  const objections = against.map((it) => `; ${it.source} said ${clip(heard(it), 80)}`);
  const first = won.said === undefined ? "" : ` said ${clip(won.said)}`;
  return html`<details><summary>from ${won.source}${objections}</summary><ul>
<li>from ${won.source}${first}: <code>${placeOf(won)}</code></li>
${others.map((it) => html`<li>${against.includes(it) ? "but" : "and"} ${it.source} said ${clip(heard(it))}: <code>${placeOf(it)}</code></li>`)}
</ul></details>`;
}

function placeOf({ where }: Evidence): string {
  return clip(where.replace(/^.*\/site-packages\//, ""));
}
