/** What is known of a release of docker-openwisp. */
export interface Release {
  readonly version: string;
  /** The Python of its images, "major.minor". */
  readonly python: string;
  /** What `__openwisp_version__` says inside, where that is not the release's own number. */
  readonly literal?: string;
  /** Distribution versions of the newest modules that satisfied the image's pins on the release day. */
  readonly modules: Readonly<Record<string, string>>;
}

/**
 * Releases, oldest first; each names what changed since the one before it. To add a release, add a line.
 * Source: the change log and tags of docker-openwisp and the release dates of the modules on PyPI.
 */
export const RELEASES: readonly Release[] = accumulate([
  {
    version: "24.11.0",
    python: "3.12",
    literal: "24.0.0a",
    modules: {
      "openwisp-controller": "1.1",
      "openwisp-firmware-upgrader": "1.1",
      "openwisp-ipam": "1.1",
      "openwisp-monitoring": "1.1.1",
      "openwisp-network-topology": "1.1.1",
      "openwisp-notifications": "1.1",
      "openwisp-radius": "1.1",
      "openwisp-users": "1.1.0",
      "openwisp-utils": "1.1.1",
      netdiff: "1.1",
      netjsonconfig: "1.1",
    },
  },
  { version: "24.11.1" },
  { version: "24.11.2" },
  {
    version: "25.10.0",
    python: "3.13",
    modules: {
      "openwisp-controller": "1.2",
      "openwisp-firmware-upgrader": "1.2",
      "openwisp-ipam": "1.2.post1",
      "openwisp-monitoring": "1.2",
      "openwisp-network-topology": "1.2",
      "openwisp-notifications": "1.2",
      "openwisp-radius": "1.2",
      "openwisp-users": "1.2.0",
      "openwisp-utils": "1.2",
      netdiff: "1.2",
      netjsonconfig: "1.2",
    },
  },
  { version: "25.10.1", modules: { "openwisp-notifications": "1.2.1", "openwisp-utils": "1.2.1" } },
  {
    version: "25.10.2",
    python: "3.14",
    literal: "25.10.1",
    modules: { "openwisp-firmware-upgrader": "1.2.1", "openwisp-utils": "1.2.2" },
  },
  {
    version: "25.10.3",
    modules: {
      "openwisp-controller": "1.2.3",
      "openwisp-monitoring": "1.2.1",
      "openwisp-notifications": "1.2.2",
      "openwisp-radius": "1.2.2",
      "openwisp-users": "1.2.2",
      netjsonconfig: "1.2.1",
    },
  },
  { version: "25.10.4", modules: { "openwisp-notifications": "1.2.3" } },
]);

/** The release whose images call themselves `literal` and run `python`; undefined when that fits none or several. */
export function releaseByLiteral(literal: string, python: string | undefined): Release | undefined {
  const fitting = RELEASES.filter(
    (it) => (it.literal ?? it.version) === literal && (python === undefined || it.python === python),
  );
  return fitting.length === 1 ? fitting[0] : undefined;
}

/** Every version a module is known to have had, newest first. */
export function knownVersions(moduleName: string): string[] {
  return [...new Set(RELEASES.map((it) => it.modules[moduleName]))]
    .filter((it) => it !== undefined)
    .reverse();
}

function accumulate(lines: readonly (Partial<Release> & { version: string })[]): Release[] {
  const releases: Release[] = [];
  for (const line of lines) {
    const before = releases.at(-1);
    releases.push({
      ...line,
      python: line.python ?? before?.python ?? "",
      modules: { ...before?.modules, ...line.modules },
    });
  }
  return releases;
}
