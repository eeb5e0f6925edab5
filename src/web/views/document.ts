import { html } from "hono/html";
import { SCRIPT, STYLE } from "./assets.ts";
import { type Markup, ours } from "./markup.ts";
import { SYMBOLS } from "./shapes.ts";

/** A whole document around the content of its body. It loads nothing. */
export function renderDocument(title: string, body: Markup): string {
  return String(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title} – OpenWISP usage metrics</title>
<link rel="icon" href="data:,">
<style>${ours(STYLE)}</style>
</head>
<body>
${ours(SYMBOLS)}
${body}
<script>${ours(SCRIPT)}</script>
</body>
</html>
`);
}

/** A document that says one thing. */
export function renderCard(title: string, content: Markup): string {
  return renderDocument(
    title,
    html`<main class="alone"><p class="brand">OpenWISP usage metrics</p><h1>${title}</h1>${content}</main>`,
  );
}
