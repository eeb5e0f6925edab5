import { html } from "hono/html";
import type { PageModel } from "../page-model.ts";
import type { PageLinks } from "./links.ts";
import type { Markup } from "./markup.ts";

const QUESTION = "Help improve OpenWISP by allowing the collection of anonymous usage metrics";

/** On or off, who decided it, and how to change it. */
export function renderConsent(model: PageModel, link: PageLinks): Markup {
  const { given, because, fixed } = model.consent;
  return html`<p>Usage metrics are <b>${given ? "on" : "off"}</b>: ${because}.</p>
${fixed ? renderFixed(false, ENVIRONMENT) : model.condition.stateProblem ? renderFixed(given, STUCK) : renderForm(model, link)}
<dl class="why">
<dt>Why</dt><dd>OpenWISP is free software. Its developers learn from these numbers which versions and modules are in use, and on what, and so what to maintain, test and improve first.</dd>
<dt>What</dt><dd>The versions of OpenWISP and its enabled modules; distribution, kernel and hardware platform of the host; the installation method. Exactly what is shown under <a href="#preview">What would be sent now</a>.</dd>
<dt>Never</dt><dd>Names, domains, addresses, ids, secrets, labels or settings, nor hashes of them. As every web server does, the collector sees the address a request comes from.</dd>
<dt>When</dt><dd>At the installation, after an upgrade, and once a day.</dd>
</dl>`;
}

function renderForm({ consent, installation }: PageModel, { basePath, csrf }: PageLinks): Markup {
  const isDevelopment = installation.kind === "seen" && installation.explanation.hold === "development";
  return html`<form method="post" action="${basePath}/consent" class="consent">
<input type="hidden" name="csrf" value="${csrf}">
<p class="choice"><input type="checkbox" id="given" name="given" value="yes" aria-describedby="opt-out"${consent.given && html` checked`}> <label for="given">${QUESTION}</label></p>
<p class="fine" id="opt-out">When you clear the box, reports that still wait are discarded${!isDevelopment && ", and one last event is sent: that usage metrics were opted out of, and nothing else"}. From then on nothing is looked at or sent.</p>
<button class="main">Save</button>
</form>`;
}

function renderFixed(isChecked: boolean, why: Markup): Markup {
  return html`<div class="consent">
<p class="choice"><input type="checkbox" id="given" disabled aria-describedby="fixed"${isChecked && html` checked`}> <label for="given">${QUESTION}</label></p>
<p class="fine" id="fixed">${why}</p>
</div>`;
}

const ENVIRONMENT = html`The environment of this container decides, so it cannot be changed here. To turn usage metrics on, set <code>METRIC_COLLECTION=True</code> in <code>.env</code>, take <code>DO_NOT_TRACK</code> out of it if it is there, and run <code>docker compose up -d metrics</code>.`;
const STUCK = html`It cannot be changed here as long as nothing can be stored. To turn usage metrics off, set <code>METRIC_COLLECTION=False</code> in <code>.env</code> and run <code>docker compose up -d metrics</code>.`;
