import { html } from "hono/html";
import { localTime } from "../../local-time.ts";
import type { Markup } from "./markup.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const relative = new Intl.RelativeTimeFormat("en");

/** "in 7 hours", "3 days ago" */
export function inWords(instant: Date, now: Date): string {
  const ms = instant.getTime() - now.getTime();
  const size = Math.abs(ms);
  if (size < MINUTE_MS) return ms > 0 ? "in a moment" : "just now";
  if (size < 90 * MINUTE_MS) return relative.format(Math.round(ms / MINUTE_MS), "minute");
  if (size < 36 * HOUR_MS) return relative.format(Math.round(ms / HOUR_MS), "hour");
  return relative.format(Math.round(ms / DAY_MS), "day");
}

/** The exact time with its zone. */
export function timeOf(instant: Date): Markup {
  return html`<time datetime="${instant.toISOString()}">${localTime(instant)}</time>`;
}

/** "in 7 hours (2026-11-24 04:37:00 +00:00)" */
export function whenOf(instant: Date, now: Date): Markup {
  return html`${inWords(instant, now)} <span class="whole">(${timeOf(instant)})</span>`;
}

/** As `whenOf`, of something that is to be done. */
export function dueOf(instant: Date, now: Date): Markup | string {
  return instant > now ? whenOf(instant, now) : "now";
}

/** "1 report", "2 reports", "no reports" */
export function count(number: number, noun: string): string {
  return `${number || "no"} ${noun}${number === 1 ? "" : "s"}`;
}

/** Keeps a text of others from filling the page. */
export function clip(text: string, length = 200): string {
  const characters = [...text];
  return characters.length > length ? `${characters.slice(0, length - 1).join("")}…` : text;
}
