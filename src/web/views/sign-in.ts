import { html } from "hono/html";
import { renderCard } from "./document.ts";
import { copyable } from "./markup.ts";

/** The page for who is not signed in: it says where the link is that signs in. */
export function renderSignIn(why: string): string {
  return renderCard(
    "Sign in",
    html`<p>${why}</p>
<p>There is no password: a link signs you in. The log of the container has it, in the line about the System Info page:</p>
${copyable("log", "docker compose logs metrics")}
<p>A fresh link is made by:</p>
${copyable("url", "docker compose exec metrics openwisp-metrics page-url")}
<p>Run them in the folder of OpenWISP’s <code>docker-compose.yml</code>.</p>`,
  );
}
