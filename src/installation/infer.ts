import type { ImageFacts } from "../docker/container-facts.ts";
import { type ImageReference, parseImageReference } from "../docker/image-reference.ts";
import { type Evidence, type Finding, versionEvidence, weigh } from "./evidence.ts";
import { type ImageContents, PROJECT_PATH } from "./image-contents.ts";
import { MODULES, type OpenwispModule } from "./modules.ts";
import { RELEASES, releaseByLiteral } from "./releases.ts";
import { isOn, type Sibling } from "./siblings.ts";
import type { HeldBack, InstallationSnapshot } from "./snapshot.ts";

export interface Clues {
  /** The container that speaks for the installation. */
  readonly primary: Sibling;
  readonly image: ImageFacts;
  /** All of the installation's containers. */
  readonly siblings: readonly Sibling[];
  readonly contents: ImageContents;
  /** INSTALLATION_METHOD */
  readonly configuredMethod: string | undefined;
}

export type Installed = Pick<
  InstallationSnapshot,
  "openwispVersion" | "modules" | "enabledModules" | "installationMethod" | "heldBack"
>;

/** Works out what is installed from ranked evidence, best first: the ranking is that of each `weigh` call. */
export function inferInstallation(clues: Clues): Installed {
  const openwispVersion = inferOpenwispVersion(clues);
  const modules: Record<string, Finding> = {};
  for (const module of enabledModules(clues)) {
    const finding = inferModuleVersion(clues, module, openwispVersion.value);
    if (finding.value) modules[module.name] = finding;
  }
  const { apps } = clues.contents;
  return {
    openwispVersion,
    modules,
    enabledModules: apps ? "INSTALLED_APPS" : "usual list",
    installationMethod: inferMethod(clues),
    heldBack: [
      ...unknownModules(apps),
      ...suffixes({ "OpenWISP Version": openwispVersion, ...modules }),
      ...oddMethod(clues),
    ],
  };
}

/** Whether a tag is a release of docker-openwisp: CalVer, YY.MM.PATCH. */
export function isRelease(tag: string | undefined): boolean {
  return tag !== undefined && /^\d{2}\.\d{1,2}\.\d{1,3}$/.test(tag);
}

/** "3.14", from the official Python image's PYTHON_VERSION ("3.14.2"). */
export function pythonVersion({ environment }: Sibling): string | undefined {
  return /^(\d{1,2}\.\d{1,3})(\.|$)/.exec(environment.PYTHON_VERSION ?? "")?.[1];
}

function inferOpenwispVersion(clues: Clues): Finding {
  const { versionFile } = clues.contents;
  return weigh([
    labelEvidence(clues, "io.openwisp.version", "label"),
    versionEvidence("VERSION file", versionFile, `${PROJECT_PATH}/VERSION`),
    releaseTagEvidence(clues),
    literalEvidence(clues),
    isRelease(label(clues, "org.opencontainers.image.version"))
      ? labelEvidence(clues, "org.opencontainers.image.version", "image version label")
      : undefined,
  ]);
}

/**
 * The release tag of the image the container was made from, else of another name of the same image. An image that
 * is not named as OpenWISP's may have a numbering of its own: of its own tag only a known release counts.
 */
function releaseTagEvidence({ primary: { reference }, image }: Clues): Evidence | undefined {
  const isNamed = (it: ImageReference | undefined) => it?.name.startsWith("openwisp-");
  const names = [reference, ...image.tags.map(parseImageReference).filter(isNamed)];
  const tagged = names.find((it) => isRelease(it?.tag) && (isNamed(it) || isKnownRelease(it?.tag)));
  // Without registry and owner, which are the admin's.
  return tagged && versionEvidence("release tag", tagged.tag, `${tagged.name}:${tagged.tag}`);
}

function isKnownRelease(tag: string | undefined): boolean {
  return RELEASES.some((it) => it.version === tag);
}

/** The literal, put right where a release is known to have shipped with another one's number. */
function literalEvidence({ primary, contents }: Clues): Evidence | undefined {
  const where = `${PROJECT_PATH}/__init__.py`;
  const evidence = versionEvidence("__openwisp_version__", contents.literal, where);
  const release = evidence && releaseByLiteral(evidence.value, pythonVersion(primary));
  if (!release || release.version === evidence.value) return evidence;
  return { ...evidence, value: release.version, said: evidence.value };
}

/** What INSTALLED_APPS has, or else what every release so far enables, less the switches. */
function enabledModules({ primary: { environment }, contents: { apps, packages } }: Clues): OpenwispModule[] {
  const isEnabled = ({ package: name }: OpenwispModule) =>
    !apps || apps.some((it) => it === name || it.startsWith(`${name}.`));
  const isSwitchedOff = ({ switch: name }: OpenwispModule) =>
    name !== undefined && name in environment && !isOn(environment[name]);
  // A library that is not among packages that could be read is not installed, whatever the table says.
  const couldRead = Object.values(packages).some(isFound);
  const isInstalled = ({ name }: OpenwispModule) => !couldRead || isFound(packages[name]);
  return MODULES.filter((it) => (it.isLibrary ? isInstalled(it) : isEnabled(it) && !isSwitchedOff(it)));
}

function isFound(contents: ImageContents["packages"][string] | undefined): boolean {
  return Boolean(contents?.metadata ?? contents?.tuple);
}

function inferModuleVersion(
  clues: Clues,
  { name }: OpenwispModule,
  openwispVersion: string | undefined,
): Finding {
  const { metadata, tuple } = clues.contents.packages[name] ?? {};
  const release = RELEASES.find((it) => it.version === openwispVersion);
  return weigh([
    labelEvidence(clues, `io.openwisp.module.${name}`, "label"),
    metadata && versionEvidence("METADATA", metadata.version, metadata.path),
    tuple && versionEvidence("version tuple", tuple.version, tuple.path),
    versionEvidence("table of releases", release?.modules[name], `release ${openwispVersion}`),
  ]);
}

/** How many are named: a file may hold any number. */
const MAX_HELD_BACK = 20;
const METHOD = /^[A-Za-z0-9._-]{1,64}$/;
/** The methods that OpenWISP's own installers name; any other that is found in a file could name its maker. */
const KNOWN_METHODS = ["docker-openwisp", "ansible-openwisp2", "unspecified"];

function inferMethod(clues: Clues): Finding {
  const evidence = (source: Evidence["source"], value: string | undefined, where: string) =>
    value !== undefined && METHOD.test(value) ? { source, value, where } : undefined;
  const { primary, contents, configuredMethod } = clues;
  const labelName = "io.openwisp.installation-method";
  const fromFile = isKnownMethod(contents.method) ? contents.method : undefined;
  const isDockerOpenwisp = [
    primary.reference,
    ...clues.siblings.map((it) => it.reference),
    ...clues.image.tags.map(parseImageReference),
  ].some((it) => it?.name.startsWith("openwisp-"));
  const finding = weigh([
    evidence("configuration", configuredMethod, "INSTALLATION_METHOD"),
    evidence("label", label(clues, labelName), labelName),
    evidence("__openwisp_installation_method__", fromFile, `${PROJECT_PATH}/__init__.py`),
    evidence("image names", isDockerOpenwisp ? "docker-openwisp" : undefined, "the image's name"),
  ]);
  if (finding.value) return finding;
  return weigh([{ source: "no evidence", value: "unspecified", where: "nothing tells" }]);
}

function isKnownMethod(method: string | undefined): boolean {
  return method !== undefined && KNOWN_METHODS.includes(method);
}

function* unknownModules(apps: readonly string[] | undefined): Iterable<HeldBack> {
  const packages = new Set(apps?.map((it) => it.split(".", 1)[0] ?? ""));
  const unknown = [...packages].filter(
    (name) => /^\w{1,64}$/.test(name) && !MODULES.some((it) => it.package === name),
  );
  for (const name of unknown.slice(0, MAX_HELD_BACK))
    yield { what: name, why: "not a module of OpenWISP: its name could tell whose it is" };
}

function* suffixes(findings: Readonly<Record<string, Finding>>): Iterable<HeldBack> {
  for (const [name, { evidence }] of Object.entries(findings)) {
    const said = evidence[0]?.said;
    if (said?.includes("+"))
      yield { what: `${name} ${said}`, why: "sent without its local suffix, which could tell whose it is" };
  }
}

function* oddMethod({ contents: { method } }: Clues): Iterable<HeldBack> {
  if (method !== undefined && METHOD.test(method) && !isKnownMethod(method))
    yield { what: `installation method ${method}`, why: "not one of OpenWISP's own installers" };
}

function labelEvidence(clues: Clues, name: string, source: Evidence["source"]): Evidence | undefined {
  return versionEvidence(source, label(clues, name), name);
}

function label({ primary, image }: Clues, name: string): string | undefined {
  return primary.container.labels[name] ?? image.labels[name];
}
