import { FRAME } from "./style-frame.ts";
import { HISTORY } from "./style-history.ts";
import { PARTS } from "./style-parts.ts";

/** Stands in the pages as it is: the server allows it by its hash. */
export const STYLE: string = FRAME + PARTS + HISTORY;

/** As STYLE; conveniences only, as the pages work without. */
export const SCRIPT: string = `"use strict";
const copy = async (button) => {
  const { textContent } = document.getElementById(button.dataset.copy);
  const said = button.nextElementSibling;
  try {
    await navigator.clipboard.writeText(textContent);
    said.textContent = "Copied";
  } catch {
    said.textContent = "The browser does not allow it";
  }
  setTimeout(() => { said.textContent = ""; }, 4000);
};
if (navigator.clipboard)
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  }
addEventListener("beforeprint", () => {
  for (const it of document.querySelectorAll("details")) it.open = true;
});
`;
