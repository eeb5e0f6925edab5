/**
 * Engine JSON becomes these small types at the door: allow-listed fields, plain text, no zero dates, nothing
 * null. What is not named here (environment values, labels, mounts, addresses, command lines) never gets in.
 */

export interface ContainerSummary {
  readonly id: string;
  readonly name: string;
  /** What the container was created from: a reference, or an image id after a re-tag. */
  readonly image: string;
  readonly imageId: string;
  readonly state: string;
  readonly createdAt: Date | undefined;
  readonly labels: Labels;
}

/** What a list does not tell. */
export interface ContainerDetails {
  /** What it was created from, also when that name belongs to another image by now. */
  readonly image: string;
  /** That of its image included. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface ImageFacts {
  readonly tags: readonly string[];
  readonly labels: Labels;
}

export interface HostInfo {
  readonly operatingSystem: string | undefined;
  readonly kernelVersion: string | undefined;
  readonly architecture: string | undefined;
  readonly systemTime: Date | undefined;
}

export type Labels = Readonly<Record<string, string>>;

const KNOWN_ENVIRONMENT =
  /^(MODULE_NAME|METRIC_COLLECTION|DEBUG_MODE|PYTHON_VERSION|USE_OPENWISP_(RADIUS|TOPOLOGY|FIRMWARE|MONITORING))$/;
const KNOWN_LABELS =
  /^(io\.openwisp\.(version|installation-method|role|metrics\.ignore|module\.[a-z0-9-]{1,64})|org\.opencontainers\.image\.version|com\.docker\.compose\.(project|service|oneoff|config-hash)|com\.docker\.swarm\.service\.name|com\.docker\.stack\.namespace)$/;
const MAX_TEXT = 256;

/** One entry of `GET /containers/json`; undefined when it has no usable id. */
export function toContainerSummary(json: unknown): ContainerSummary | undefined {
  const it = record(json);
  const id = text(it.Id);
  if (!/^[0-9a-f]{12,64}$/.test(id)) return undefined;
  return {
    id,
    name: text(list(it.Names)[0]).replace(/^\//, "") || id.slice(0, 12),
    image: imageName(it.Image),
    imageId: text(it.ImageID),
    state: text(it.State).toLowerCase(),
    createdAt: toDate(typeof it.Created === "number" ? it.Created * 1000 : it.Created),
    labels: toLabels(it.Labels),
  };
}

/** `GET /containers/{id}/json`. */
export function toContainerDetails(json: unknown): ContainerDetails {
  const environment: Record<string, string> = {};
  for (const entry of list(record(record(json).Config).Env)) {
    const [, name, value] = /^([A-Z_]{1,64})=(.*)$/s.exec(typeof entry === "string" ? entry : "") ?? [];
    if (name !== undefined && KNOWN_ENVIRONMENT.test(name)) environment[name] = text(value);
  }
  return { image: imageName(record(record(json).Config).Image), environment };
}

/** `GET /images/{id}/json`. */
export function toImageFacts(json: unknown): ImageFacts {
  const it = record(json);
  return {
    tags: list(it.RepoTags).map(imageName).filter(Boolean).slice(0, 50),
    labels: toLabels(record(it.Config).Labels),
  };
}

/** `GET /info`, or `GET /version`, which has no distribution and calls the architecture Arch. */
export function toHostInfo(json: unknown): HostInfo {
  const it = record(json);
  return {
    operatingSystem: operatingSystem(it),
    kernelVersion: known(it.KernelVersion) || undefined,
    architecture: known(it.Architecture ?? it.Arch) || undefined,
    systemTime: toDate(it.SystemTime),
  };
}

/** An instant of the engine; undefined for its zero dates ("0001-01-01T00:00:00Z", 0, "") and for nonsense. */
export function toDate(value: unknown): Date | undefined {
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  // Go prints nanoseconds and, for networks and volumes of some versions, "2025-01-02 03:04:05.6 +0000 UTC".
  const iso = String(value)
    .replace(/(\.\d{3})\d+/, "$1")
    .replace(/^(\S+) (\S+) \+0000( UTC)?$/, "$1T$2Z");
  const date = new Date(typeof value === "string" ? iso : value);
  return date.getTime() > 0 ? date : undefined;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function record(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}

export function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A foreign text made harmless: no control characters, no bidirectional overrides, at most 256 characters. */
export function text(value: unknown): string {
  if (typeof value !== "string") return "";
  const start = value.slice(0, MAX_TEXT);
  // Almost all are plain: that is quick to see.
  if (!/[^\x20-\x7e]/.test(start)) return start.trim();
  return start
    .replace(/\p{Cs}/gu, "")
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "")
    .trim();
}

/** As Docker names images: Podman writes the registry that is the usual one out. */
function imageName(value: unknown): string {
  return text(value).replace(/^docker\.io\/(library\/)?/, "");
}

/** Docker gives the distribution's full name; Podman (which tells its Buildah) gives "debian", and "12" apart. */
function operatingSystem({ OperatingSystem, OSVersion, BuildahVersion }: Record<string, unknown>) {
  const parts = BuildahVersion === undefined ? [OperatingSystem] : [OperatingSystem, OSVersion];
  return parts.map(known).filter(Boolean).join(" ") || undefined;
}

/** Docker ("<unknown>") and Podman ("unknown") put a word where they know nothing. */
function known(value: unknown): string {
  const said = text(value);
  return /^(<unknown>|unknown)( \(|$)/.test(said) ? "" : said;
}

function toLabels(value: unknown): Labels {
  const labels: Record<string, string> = {};
  for (const [name, content] of Object.entries(record(value)))
    if (KNOWN_LABELS.test(name)) labels[name] = text(content);
  return labels;
}
