import { Cron } from "croner";
import { cleanEnv, makeValidator } from "envalid";
import { type CollectionSwitch, collectionSwitch, type Environment } from "./collection-switch.ts";
import { type EngineAddress, parseEngineAddress } from "./docker/engine-address.ts";
import { quote } from "./quote.ts";
import { DEFAULT_STATE_DIR } from "./state/state-folder.ts";

export interface Config {
  readonly collection: CollectionSwitch;
  readonly collector: { readonly url: string; readonly siteId: number; readonly proxy: ProxyEnvironment };
  readonly installation: { readonly project?: string; readonly method?: string };
  readonly schedule: { readonly heartbeat?: string; readonly settleMs: number };
  readonly stateDir: string;
  readonly engine: EngineAddress;
  readonly page: {
    readonly port: number;
    readonly host: string;
    /** "/metrics", as a reverse proxy has it; else empty. */
    readonly basePath: string;
    /** In small letters; with a leading dot its subdomains too. */
    readonly allowedHosts: readonly string[];
    readonly token?: string;
    readonly tokenFile?: string;
  };
  readonly log: { readonly level: string; readonly format: "text" | "json" };
}

/** The proxy variables, handed to Node's HTTP agents as they are. */
export type ProxyEnvironment = Readonly<
  Record<"HTTP_PROXY" | "HTTPS_PROXY" | "NO_PROXY", string | undefined>
>;

/** Every problem of the environment at once, one line each. */
export class ConfigError extends Error {
  readonly code = "CONFIG";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the configuration has ${problems.length === 1 ? "a problem" : `${problems.length} problems`}`);
    this.problems = problems;
  }
}

const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];

/** A shorter token of the page could be guessed. */
export const TOKEN_MIN_LENGTH = 16;
export const OPENWISP_COLLECTOR = "https://analytics.openwisp.io/cleaninsights.php";

/**
 * Reads the whole configuration from `env`.
 *
 * An empty variable counts as not set, as Compose leaves it when `.env` has `NAME=`;
 * only METRIC_COLLECTION takes the empty string at its word, which is off.
 * Variables that are not ours are ignored: `.env` is shared with OpenWISP.
 *
 * @throws ConfigError with every problem found
 */
export function loadConfig(env: Environment): Config {
  const set = Object.fromEntries(
    Object.entries({ ...proxyVariables(env), ...env }).filter(([, value]) => value?.trim()),
  );
  const problems: string[] = [];
  const clean = cleanEnv(set, SPEC, {
    reporter: ({ errors }) => {
      for (const [name, error] of Object.entries(errors)) problems.push(describe(name, set[name], error));
    },
  });
  if (set.SYSTEM_INFO_TOKEN && set.SYSTEM_INFO_TOKEN_FILE)
    problems.push("SYSTEM_INFO_TOKEN and SYSTEM_INFO_TOKEN_FILE are both set: expected one of them");
  let engine: EngineAddress = { socketPath: "" };
  try {
    engine = parseEngineAddress(set);
  } catch (error) {
    problems.push((error as Error).message);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze({
    collection: collectionSwitch(env),
    collector: {
      url: clean.COLLECTOR_URL,
      siteId: clean.COLLECTOR_SITE_ID,
      proxy: { HTTP_PROXY: clean.HTTP_PROXY, HTTPS_PROXY: clean.HTTPS_PROXY, NO_PROXY: clean.NO_PROXY },
    },
    installation: defined({ project: clean.OPENWISP_PROJECT, method: clean.INSTALLATION_METHOD }),
    schedule: {
      settleMs: clean.SETTLE_SECONDS * 1000,
      ...defined({ heartbeat: clean.HEARTBEAT_SCHEDULE }),
    },
    stateDir: clean.STATE_DIR,
    engine,
    page: {
      port: clean.SYSTEM_INFO_PORT,
      host: clean.SYSTEM_INFO_HOST,
      basePath: clean.SYSTEM_INFO_BASE_PATH,
      allowedHosts: clean.SYSTEM_INFO_ALLOWED_HOSTS,
      ...defined({ token: clean.SYSTEM_INFO_TOKEN, tokenFile: clean.SYSTEM_INFO_TOKEN_FILE }),
    },
    log: { level: clean.LOG_LEVEL, format: clean.LOG_FORMAT as "text" | "json" },
  });
}

/** A validator that says what would be right; `accept` returns undefined for a value that is not. */
function rule<T>(expected: string, accept: (value: string) => T | undefined) {
  return makeValidator<T>((input: string) => {
    const value = accept(input.trim());
    if (value === undefined) throw new Error(`expected ${expected}`);
    return value;
  });
}

const httpUrl = rule("an https:// (or, for a test collector, http://) address", (value) =>
  URL.canParse(value) && ["https:", "http:"].includes(new URL(value).protocol) ? value : undefined,
);
const method = rule("letters, digits, '.', '_' or '-', at most 64", (value) =>
  /^[A-Za-z0-9._-]{1,64}$/.test(value) ? value : undefined,
);
/** A proxy's address, with http:// where no scheme is given. */
const proxy = rule("the address of a proxy, http://host:port", (value) => {
  const address = value.includes("://") ? value : `http://${value}`;
  return URL.canParse(address) && ["https:", "http:"].includes(new URL(address).protocol)
    ? address
    : undefined;
});
const cron = rule("a cron expression of 5 or 6 fields, for example '30 4 * * *'", (value) =>
  isCron(value) ? value : undefined,
);
const text = rule("a text", (value) => value);
const path = rule("an absolute path", (value) => (value.startsWith("/") ? value : undefined));
const token = rule(`at least ${TOKEN_MIN_LENGTH} characters`, (value) =>
  value.length >= TOKEN_MIN_LENGTH ? value : undefined,
);
const basePath = rule("a path of letters, digits, '.', '_', '~' and '-', for example '/metrics'", (value) => {
  const path = value.replace(/^\/?/, "/").replace(/\/$/, "");
  return /^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._~-]+)*$/.test(path) ? path : undefined;
});
const hostNames = rule(
  "names of hosts without ports, for example 'metrics.example.org, .example.net'",
  (value) => {
    const names = value
      .toLowerCase()
      .split(",")
      .map((it) => it.trim());
    return names.every((it) => /^\.?[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(it)) ? names : undefined;
  },
);
const siteId = numberRule(1, Number.MAX_SAFE_INTEGER, true);
const seconds = numberRule(0, 86_400, false);
const port = numberRule(0, 65_535, true);

const SPEC = {
  COLLECTOR_URL: httpUrl({ default: OPENWISP_COLLECTOR }),
  COLLECTOR_SITE_ID: siteId({ default: 5 }),
  OPENWISP_PROJECT: text({ default: undefined }),
  INSTALLATION_METHOD: method({ default: undefined }),
  HEARTBEAT_SCHEDULE: cron({ default: undefined }),
  SETTLE_SECONDS: seconds({ default: 60 }),
  STATE_DIR: path({ default: DEFAULT_STATE_DIR }),
  SYSTEM_INFO_PORT: port({ default: 8088 }),
  SYSTEM_INFO_HOST: text({ default: "0.0.0.0" }),
  SYSTEM_INFO_BASE_PATH: basePath({ default: "" }),
  SYSTEM_INFO_ALLOWED_HOSTS: hostNames({ default: [] }),
  SYSTEM_INFO_TOKEN: token({ default: undefined }),
  SYSTEM_INFO_TOKEN_FILE: path({ default: undefined }),
  HTTP_PROXY: proxy({ default: undefined }),
  HTTPS_PROXY: proxy({ default: undefined }),
  NO_PROXY: text({ default: undefined }),
  LOG_LEVEL: oneOf(LOG_LEVELS)({ default: "info" }),
  LOG_FORMAT: oneOf(["text", "json"])({ default: "text" }),
};

function numberRule(min: number, max: number, whole: boolean) {
  const kind = whole ? "a whole number" : "a number";
  const range = max === Number.MAX_SAFE_INTEGER ? `from ${min}` : `from ${min} to ${max}`;
  return rule(`${kind} ${range}`, (value) => {
    const number = /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
    return number >= min && number <= max && (!whole || Number.isInteger(number)) ? number : undefined;
  });
}

function oneOf(choices: readonly string[]) {
  return rule(`one of ${choices.join(", ")}`, (value) => choices.find((it) => it === value.toLowerCase()));
}

function isCron(expression: string): boolean {
  // croner takes dates and nicknames too.
  if (!/^\S+(\s+\S+){4,5}$/.test(expression)) return false;
  try {
    return new Cron(expression, { mode: "5-or-6-parts", paused: true }).nextRun() !== null;
  } catch {
    return false;
  }
}

/** They may be written in small letters, too. */
function proxyVariables(env: Environment): Environment {
  return { HTTP_PROXY: env.http_proxy, HTTPS_PROXY: env.https_proxy, NO_PROXY: env.no_proxy };
}

function describe(name: string, value: string | undefined, error: Error): string {
  const shown = name.startsWith("SYSTEM_INFO_TOKEN")
    ? "a value that is not shown here"
    : quote(withoutCredentials(value));
  return `${name} is ${shown}: ${error.message}`;
}

function withoutCredentials(value: string | undefined): string | undefined {
  return value?.replace(/^([a-z]+:\/\/)?.*@/is, "$1…@").replace(/(:\/\/[^?]*)\?.*$/s, "$1?…");
}

function defined<T extends Record<string, unknown>>(values: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}
