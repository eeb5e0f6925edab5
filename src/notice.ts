import type { Consent } from "./consent.ts";
import type { Logger } from "./log.ts";
import type { State } from "./state/state.ts";

const FIRST_START = [
  "This container reports anonymous usage metrics to the OpenWISP project, so that it knows what is in use.",
  "What: the versions of OpenWISP and its modules; distribution, kernel and platform of the host; installation method.",
  "Never: names, addresses, ids, secrets. The exact data, before it is sent: openwisp-metrics preview",
  "When: at the installation, after an upgrade, and once a day.",
  "Opt out at any time: METRIC_COLLECTION=False (or DO_NOT_TRACK=1) in .env, then docker compose up -d metrics;",
  "or the check box on the System Info page, or docker compose exec metrics openwisp-metrics opt-out",
].join("\n");

/** Says once per installation, before anything is sent, what is collected, why, and how to opt out. */
export function showNotice(state: Pick<State, "setting" | "setSetting">, log: Logger): void {
  if (state.setting("notice shown")) return;
  log.info(FIRST_START);
  state.setSetting("notice shown", "yes");
}

/** Names the effective state and who decided it. */
export function sayConsent({ given, because }: Consent, log: Logger, level: "info" | "error" = "info"): void {
  if (given) log[level](`usage metrics are on: ${because}`);
  else log[level](`usage metrics are off: ${because}; nothing is looked at and nothing is sent`);
}
