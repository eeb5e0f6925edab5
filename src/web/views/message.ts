import { html } from "hono/html";
import { renderCard } from "./document.ts";

/** A page that tells why there is nothing else. */
export function renderMessage(title: string, text: string): string {
  return renderCard(title, html`<p>${text}</p>`);
}
