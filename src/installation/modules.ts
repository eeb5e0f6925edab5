/** A package whose version is reported by name. Nothing else is ever sent by name. */
export interface OpenwispModule {
  /** Distribution name, as reported: "openwisp-controller". */
  readonly name: string;
  /** Import name, as in INSTALLED_APPS and in the dist-info folder: "openwisp_controller". */
  readonly package: string;
  /** The file in site-packages that holds the VERSION tuple. */
  readonly versionFile: string;
  /** The environment switch of docker-openwisp that takes its apps out of INSTALLED_APPS. */
  readonly switch?: string;
  /** Counts whenever it is installed: it is a library, not an app. */
  readonly isLibrary?: true;
}

/** In the order in which they are reported: OpenWISP modules by name, then libraries by name. */
export const MODULES: readonly OpenwispModule[] = [
  app("openwisp-controller"),
  app("openwisp-firmware-upgrader", "USE_OPENWISP_FIRMWARE"),
  app("openwisp-ipam"),
  app("openwisp-monitoring", "USE_OPENWISP_MONITORING"),
  app("openwisp-network-topology", "USE_OPENWISP_TOPOLOGY"),
  app("openwisp-notifications"),
  app("openwisp-radius", "USE_OPENWISP_RADIUS"),
  app("openwisp-users"),
  app("openwisp-utils"),
  { name: "netdiff", package: "netdiff", versionFile: "netdiff/info.py", isLibrary: true },
  {
    name: "netjsonconfig",
    package: "netjsonconfig",
    versionFile: "netjsonconfig/version.py",
    isLibrary: true,
  },
];

function app(name: string, environmentSwitch?: string): OpenwispModule {
  const packageName = name.replaceAll("-", "_");
  return {
    name,
    package: packageName,
    versionFile: `${packageName}/__init__.py`,
    ...(environmentSwitch && { switch: environmentSwitch }),
  };
}
