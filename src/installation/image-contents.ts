import { MODULES, type OpenwispModule } from "./modules.ts";
import {
  assignedString,
  installedApps,
  metadataVersion,
  publishedVersions,
  versionTuple,
} from "./python-files.ts";
import { knownVersions, RELEASES, releaseByLiteral } from "./releases.ts";

/** Where docker-openwisp's images keep the project's own Python package. */
export const PROJECT_PATH = "/opt/openwisp/openwisp";

/** A small text file of a container; undefined when it is not there or may not be read. */
export type ReadFile = (path: string) => Promise<string | undefined>;

/** What the files of an image say, as they say it. It is the same for all containers of the image. */
export interface ImageContents {
  readonly versionFile: string | undefined;
  /** `__openwisp_version__` */
  readonly literal: string | undefined;
  /** `__openwisp_installation_method__` */
  readonly method: string | undefined;
  /** INSTALLED_APPS, without what the environment switches take out of it. */
  readonly apps: readonly string[] | undefined;
  /** By distribution name. */
  readonly packages: Readonly<Record<string, PackageContents>>;
}

export interface PackageContents {
  /** The folder of METADATA, and the version in its header. */
  readonly metadata: { readonly path: string; readonly version: string } | undefined;
  /**
   * The version that the VERSION tuple stands for, in its likeliest spelling. It is not looked for where METADATA says
   * what is usual for the release.
   */
  readonly tuple: { readonly path: string; readonly version: string } | undefined;
}

/** Whether no file was there. */
export function isEmpty({ versionFile, literal, method, apps, packages }: ImageContents): boolean {
  const found = Object.values(packages).some((it) => it.metadata ?? it.tuple);
  return !(versionFile ?? literal ?? method ?? apps) && !found;
}

/** @param python "3.14": where its packages lie; undefined when nobody knows */
export async function readImageContents(
  readFile: ReadFile,
  python: string | undefined,
): Promise<ImageContents> {
  const init = (await readFile(`${PROJECT_PATH}/__init__.py`)) ?? "";
  const settings = (await readFile(`${PROJECT_PATH}/module_settings.py`)) ?? "";
  const versionFile = (await readFile(`${PROJECT_PATH}/VERSION`))?.trim();
  const literal = assignedString(init, "__openwisp_version__");
  const release =
    RELEASES.find((it) => it.version === versionFile) ?? releaseByLiteral(literal ?? "", python);
  const packages: Record<string, PackageContents> = {};
  if (python)
    for (const module of MODULES)
      packages[module.name] = await readPackage(
        readFile,
        `/usr/local/lib/python${python}/site-packages`,
        module,
        release?.modules[module.name],
      );
  return {
    versionFile,
    literal,
    method: assignedString(init, "__openwisp_installation_method__"),
    apps: installedApps(settings)?.filter((it) => it.startsWith("openwisp_")),
    packages,
  };
}

/**
 * METADATA lies in a folder with the version in its name, and folders are not listed: the version that is usual for the
 * release is tried first; where that is not it, the version tuple and the table of releases say which names are worth
 * trying.
 */
async function readPackage(
  readFile: ReadFile,
  folder: string,
  { name, package: packageName, versionFile }: OpenwispModule,
  usualVersion: string | undefined,
): Promise<PackageContents> {
  const prefix = `${folder}/${packageName}`;
  const usual = usualVersion && (await readMetadata(readFile, prefix, [usualVersion]));
  if (usual && usual.version === usualVersion) return { metadata: usual, tuple: undefined };
  const tuplePath = `${folder}/${versionFile}`;
  const tuple = versionTuple((await readFile(tuplePath)) ?? "");
  const published = tuple ? publishedVersions(tuple) : [];
  const known = knownVersions(name);
  const likelyFirst = published.toSorted((a, b) => Number(known.includes(b)) - Number(known.includes(a)));
  const [version] = likelyFirst;
  return {
    metadata: usual || (await readMetadata(readFile, prefix, tuple ? likelyFirst : known)),
    tuple: version === undefined ? undefined : { path: tuplePath, version },
  };
}

async function readMetadata(
  readFile: ReadFile,
  prefix: string,
  versions: readonly string[],
): Promise<PackageContents["metadata"]> {
  for (const candidate of versions) {
    const path = `${prefix}-${candidate}.dist-info/METADATA`;
    const version = metadataVersion((await readFile(path)) ?? "");
    if (version !== undefined) return { path, version };
  }
  return undefined;
}
