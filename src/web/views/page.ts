import { html } from "hono/html";
import type { PageModel } from "../page-model.ts";
import { renderCondition } from "./condition.ts";
import { renderConsent } from "./consent.ts";
import { renderDocument } from "./document.ts";
import { renderHistory } from "./history.ts";
import { renderInstalled } from "./installed.ts";
import type { PageLinks } from "./links.ts";
import type { Markup } from "./markup.ts";
import { renderNotices } from "./notices.ts";
import { renderPreview } from "./preview.ts";

interface Section {
  readonly id: string;
  readonly title: string;
  /** For the navigation. */
  readonly short: string;
  readonly render: (model: PageModel, link: PageLinks) => Markup;
}

const SECTIONS: readonly Section[] = [
  { id: "installed", title: "What is installed", short: "Installed", render: renderInstalled },
  { id: "usage-metrics", title: "Usage metrics", short: "Usage metrics", render: renderConsent },
  { id: "preview", title: "What would be sent now", short: "Preview", render: renderPreview },
  { id: "history", title: "History", short: "History", render: renderHistory },
  { id: "state", title: "State of things", short: "State", render: renderCondition },
];

/** The System Info page as a whole document. All of it works without JavaScript. */
export function renderPage(model: PageModel, link: PageLinks): string {
  const { basePath, csrf, said } = link;
  return renderDocument(
    "System Information",
    html`<a class="skip" href="#main">Skip to the content</a>
<header><div class="bar">
<div><p class="brand">OpenWISP usage metrics</p><h1>System Information</h1></div>
<form method="post" action="${basePath}/sign-out"><input type="hidden" name="csrf" value="${csrf}"><button>Sign out</button></form>
<nav aria-label="On this page"><ul>${SECTIONS.map(({ id, short }) => html`<li><a href="#${id}">${short}</a></li>`)}</ul></nav>
</div></header>
<main id="main" tabindex="-1">
${renderNotices(model, said)}
${SECTIONS.map(
  ({ id, title, render }) => html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${render(model, link)}
</section>
`,
)}</main>
<footer><p>openwisp-metrics ${model.version}, part of <a href="https://github.com/openwisp">OpenWISP</a>. This page loads nothing from elsewhere.</p></footer>`,
  );
}
