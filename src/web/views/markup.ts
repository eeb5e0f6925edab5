import { html, raw } from "hono/html";

/** A piece of a page, in which all that came from elsewhere is escaped. */
export type Markup = ReturnType<typeof html>;

/** Constants of our own; for nothing else. */
export const ours: (constant: string) => Markup = raw;

/** One of the shapes that every page defines. Decoration: words beside it say the same. */
export function icon(name: string): Markup {
  return html`<svg class="i ${name}" aria-hidden="true"><use href="#${name}"/></svg>`;
}

/** Lines to copy; the button shows itself where it can work. */
export function copyable(id: string, lines: string): Markup {
  return html`<div class="copy"><pre id="${id}">${lines}</pre>${copyButton(id)}</div>`;
}

/** @param id of the element whose text is copied */
export function copyButton(id: string): Markup {
  return html`<button type="button" hidden data-copy="${id}">Copy</button><span role="status"></span>`;
}
