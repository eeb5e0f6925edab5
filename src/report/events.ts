/**
 * What leaves the machine, in whole.
 *
 * What is sent? One JSON body per report: for each enabled OpenWISP module and for netdiff and netjsonconfig its
 * version, then the OpenWISP version, the host's distribution, kernel and platform, and the installation method;
 * each with the category of the report and the second of the observation.
 * When? At the installation, after an upgrade, once a day; and one last event, without any of these, at an opt-out.
 * Can it identify me? There is no id in it, no name, domain, address, secret or label, nor a hash of one. The
 * collector sees the address the connection comes from, as every web server does.
 * How do I see it? `openwisp-metrics preview` prints the body, built by this code, and sends nothing.
 * How do I turn it off? METRIC_COLLECTION=False, `openwisp-metrics opt-out`, or the check box on the page.
 *
 * Format: Clean Insights Matomo Proxy (CIMP), https://cleaninsights.org/schemas/cimp.schema.json
 */
import type { Category } from "../installation/changes.ts";
import { type InstallationSnapshot, versionsOf } from "../installation/snapshot.ts";

export type ReportCategory = Category | "Consent Withdrawn";

export interface Event {
  readonly category: ReportCategory;
  readonly action: string;
  readonly name: string;
  readonly value: 1;
  readonly times: 1;
  /** Unix seconds of the observation. */
  readonly period_start: number;
  readonly period_end: number;
}

/** The body of a report, the very bytes that are previewed, stored and sent. */
export function buildBody(
  category: Category,
  snapshot: InstallationSnapshot,
  observedAt: Date,
  siteId: number,
): string {
  return JSON.stringify({ idsite: siteId, events: buildEvents(category, snapshot, observedAt) });
}

/** The body of the last report, after an opt-out: that it happened, and nothing else. */
export function buildFarewell(at: Date, siteId: number): string {
  return JSON.stringify({ idsite: siteId, events: [toEvent("Consent Withdrawn", "Action", "Opt-out", at)] });
}

/** One event per known value: modules, libraries, OpenWISP, host, installation method. */
export function buildEvents(category: Category, snapshot: InstallationSnapshot, observedAt: Date): Event[] {
  const values = { ...versionsOf(snapshot), "Installation Method": snapshot.installationMethod.value };
  return Object.entries(values).flatMap(([action, name]) =>
    name ? toEvent(category, action, name, observedAt) : [],
  );
}

function toEvent(category: ReportCategory, action: string, name: string, at: Date): Event {
  const second = Math.floor(at.getTime() / 1000);
  return {
    category,
    action: escapeHtml(action),
    name: escapeHtml(name),
    value: 1,
    times: 1,
    period_start: second,
    period_end: second,
  };
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#x27;",
};

/** Escapes as Django's `escape()` does. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (it) => ENTITIES[it] ?? it);
}
