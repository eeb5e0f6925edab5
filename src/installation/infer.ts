import type { ImageFacts } from "../docker/container-facts.ts";
import { type ImageReference, parseImageReference } from "../docker/image-reference.ts";
import { type Evidence, type Finding, versionEvidence, weigh } from "./evidence.ts";
import { MODULES, type OpenwispModule } from "./modules.ts";
import {
  assignedString,
  installedApps,
  metadataVersion,
  publishedVersions,
  versionTuple,
} from "./python-files.ts";
import { knownVersions, RELEASES, releaseByLiteral } from "./releases.ts";
import { isOn, type Sibling } from "./siblings.ts";
import type { InstallationSnapshot } from "./snapshot.ts";

/** Where docker-openwisp's images keep the project's own Python package. */
const PROJECT_PATH = "/opt/openwisp/openwisp";
const METHOD = /^[A-Za-z0-9._-]{1,64}$/;

/** A small text file of the primary container; undefined when it is not there or may not be read. */
export type ReadFile = (path: string) => Promise<string | undefined>;

export interface Clues {
  readonly primary: Sibling;
  readonly image: ImageFacts;
  readonly readFile: ReadFile;
  readonly configuredMethod: string | undefined;
}

export type Installed = Pick<InstallationSnapshot, "openwispVersion" | "modules" | "installationMethod">;

/** Whether a tag is a release of docker-openwisp: CalVer, YY.MM.PATCH. */
export function isRelease(tag: string): boolean {
  return /^\d{2}\.\d{1,2}\.\d{1,3}$/.test(tag);
}

/** Works out what is installed from ranked evidence, best first (the ranking is that of each `weigh` call). */
export async function inferInstallation(clues: Clues): Promise<Installed> {
  const init = await clues.readFile(`${PROJECT_PATH}/__init__.py`);
  const openwispVersion = await inferOpenwispVersion(clues, init);
  const enabled = await enabledModules(clues);
  const findings: [OpenwispModule, Finding][] = [];
  for (const module of enabled)
    findings.push([module, await inferModuleVersion(clues, module, openwispVersion.value)]);
  // A library that is not among packages that can be read is not installed, whatever the table says.
  const canReadPackages = findings.some(([, it]) => isFromFiles(it));
  const installed = findings.filter(([{ library }, it]) => !library || !canReadPackages || !isFromTable(it));
  return {
    openwispVersion,
    modules: Object.fromEntries(installed.flatMap(([{ name }, it]) => (it.value ? [[name, it]] : []))),
    installationMethod: inferMethod(clues, init),
  };
}

function isFromFiles({ evidence }: Finding): boolean {
  return evidence.some(({ source }) => source === "METADATA" || source === "version tuple");
}

function isFromTable({ evidence: [won] }: Finding): boolean {
  return won?.source === "table of releases";
}

async function inferOpenwispVersion(clues: Clues, init: string | undefined): Promise<Finding> {
  const path = `${PROJECT_PATH}/VERSION`;
  return weigh([
    versionEvidence("label", label(clues, "io.openwisp.version"), "io.openwisp.version"),
    versionEvidence("VERSION file", await clues.readFile(path), path),
    releaseTagEvidence(clues),
    literalEvidence(clues, init),
    versionEvidence(
      "image version label",
      label(clues, "org.opencontainers.image.version"),
      "org.opencontainers.image.version",
    ),
  ]);
}

/** The release tag of the image the container was made from, else of another name of the same image. */
function releaseTagEvidence({ primary, image }: Clues): Evidence | undefined {
  const own = parseImageReference(primary.container.image);
  const others = image.tags
    .map(parseImageReference)
    .filter((it) => it !== undefined && (own === undefined || it.name === own.name));
  const tagged = [own, ...others].find((it) => it?.tag !== undefined && isRelease(it.tag));
  return tagged && versionEvidence("release tag", tagged.tag, shortName(tagged));
}

/** The literal, put right where a release is known to have shipped with another one's number. */
function literalEvidence(clues: Clues, init: string | undefined): Evidence | undefined {
  const where = `${PROJECT_PATH}/__init__.py`;
  const evidence = versionEvidence(
    "__openwisp_version__",
    init && assignedString(init, "__openwisp_version__"),
    where,
  );
  const release = evidence && releaseByLiteral(evidence.value, pythonVersion(clues));
  if (!release || release.version === evidence.value) return evidence;
  return { ...evidence, value: release.version, said: evidence.value };
}

async function enabledModules({ primary, readFile }: Clues): Promise<OpenwispModule[]> {
  const settings = await readFile(`${PROJECT_PATH}/module_settings.py`);
  // Without the file: every release so far enables all of them.
  const apps = (settings && installedApps(settings)) || MODULES.map((it) => it.package);
  const isInstalled = ({ package: name }: OpenwispModule) =>
    apps.some((it) => it === name || it.startsWith(`${name}.`));
  const isSwitchedOff = ({ switch: name }: OpenwispModule) =>
    name !== undefined && name in primary.environment && !isOn(primary.environment[name]);
  return MODULES.filter((it) => it.library || (isInstalled(it) && !isSwitchedOff(it)));
}

async function inferModuleVersion(
  clues: Clues,
  module: OpenwispModule,
  openwispVersion: string | undefined,
): Promise<Finding> {
  const labelName = `io.openwisp.module.${module.name}`;
  const fromTable = RELEASES.find((it) => it.version === openwispVersion)?.modules[module.name];
  const fromFiles = await versionFromFiles(clues, module, fromTable);
  return weigh([
    versionEvidence("label", label(clues, labelName), labelName),
    ...fromFiles,
    versionEvidence("table of releases", fromTable, `release ${openwispVersion}`),
  ]);
}

/**
 * METADATA lies in a folder with the version in its name, and folders are not listed: the version tuple and the
 * table of releases say which names are worth trying.
 */
async function versionFromFiles(
  clues: Clues,
  module: OpenwispModule,
  fromTable: string | undefined,
): Promise<(Evidence | undefined)[]> {
  const python = pythonVersion(clues);
  if (!python) return [];
  const packages = `/usr/local/lib/python${python}/site-packages`;
  const tuplePath = `${packages}/${module.versionFile}`;
  const tuple = versionTuple((await clues.readFile(tuplePath)) ?? "");
  const published = tuple ? publishedVersions(tuple) : [];
  const likely = published.toSorted((a, b) => Number(b === fromTable) - Number(a === fromTable));
  const tried = likely.length > 0 ? likely : [fromTable, ...knownVersions(module.name)];
  let metadata: Evidence | undefined;
  for (const version of new Set(tried)) {
    const path = `${packages}/${module.package}-${version}.dist-info/METADATA`;
    const content = version && (await clues.readFile(path));
    metadata = versionEvidence("METADATA", content && metadataVersion(content), path);
    if (metadata) break;
  }
  return [metadata, versionEvidence("version tuple", published[0], tuplePath)];
}

function inferMethod(clues: Clues, init: string | undefined): Finding {
  const evidence = (source: Evidence["source"], value: string | undefined, where: string) =>
    value !== undefined && METHOD.test(value) ? { source, value, where } : undefined;
  const dockerOpenwisp = parseImageReference(clues.primary.container.image)?.name.startsWith("openwisp-");
  const { configuredMethod } = clues;
  return weigh([
    evidence("configuration", configuredMethod, "INSTALLATION_METHOD"),
    evidence("label", label(clues, "io.openwisp.installation-method"), "io.openwisp.installation-method"),
    evidence(
      "__openwisp_installation_method__",
      init && assignedString(init, "__openwisp_installation_method__"),
      `${PROJECT_PATH}/__init__.py`,
    ),
    evidence("image names", dockerOpenwisp ? "docker-openwisp" : undefined, "the image's name"),
    { source: "no evidence", value: "unspecified", where: "nothing tells" },
  ]);
}

/** "3.14", from the official Python image's PYTHON_VERSION ("3.14.2"). */
function pythonVersion({ primary }: Clues): string | undefined {
  return /^(\d+\.\d+)(\.|$)/.exec(primary.environment.PYTHON_VERSION ?? "")?.[1];
}

function label({ primary, image }: Clues, name: string): string | undefined {
  return primary.container.labels[name] ?? image.labels[name];
}

/** Without registry and owner, which are the admin's. */
function shortName({ name, tag }: ImageReference): string {
  return `${name}:${tag}`;
}
