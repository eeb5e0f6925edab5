import {
  celery,
  type Deployment,
  dashboard,
  digest,
  foreign,
  modulesOf,
  nginx,
  PROJECT_FILES,
  WITHOUT_FILES,
} from "./deployments.ts";

const CUSTOM = "acme/wifi:7";
const VERSION_FILE = `${PROJECT_FILES}/VERSION`;
const INIT = `${PROJECT_FILES}/__init__.py`;
const literals = (version: string, method = "docker-openwisp") =>
  `__openwisp_version__ = "${version}"\n__openwisp_installation_method__ = "${method}"\n`;

/** An image without docker-openwisp's layout in its environment. */
const PLAIN = Object.fromEntries(
  ["RADIUS", "TOPOLOGY", "FIRMWARE", "MONITORING"].map((it) => [`USE_OPENWISP_${it}`, undefined]),
);

const byTag = (release: string, source: "release tag" | "VERSION file"): Deployment => ({
  what: `release ${release} by its tag`,
  containers: [dashboard({ release })],
  expected: { version: `${release} from ${source}`, modules: modulesOf(release) },
});

/** A container of a release that its image's name does not tell. */
const named = (what: string, release: string, image: string, more: object = {}): Deployment => ({
  what,
  containers: [dashboard({ release, image, ...more })],
  expected: { version: `${release} from __openwisp_version__`, modules: modulesOf(release) },
});

const tagged = (what: string, release: string, image: string, more: object = {}): Deployment => ({
  ...named(what, release, image, more),
  expected: { version: `${release} from release tag`, modules: modulesOf(release) },
});

const RELEASES: readonly Deployment[] = [
  byTag("24.11.0", "release tag"),
  byTag("24.11.1", "release tag"),
  byTag("24.11.2", "release tag"),
  byTag("25.10.0", "release tag"),
  byTag("25.10.1", "release tag"),
  byTag("25.10.2", "release tag"),
  byTag("25.10.3", "VERSION file"),
  byTag("25.10.4", "VERSION file"),
  {
    what: "a release that came after us, where no file may be read",
    containers: [dashboard({ image: "openwisp/openwisp-dashboard:26.4.0" })],
    engine: { refuses: ["archive"] },
    expected: { ...WITHOUT_FILES, version: "26.4.0 from release tag", modules: {} },
  },
];

const NAMES: readonly Deployment[] = [
  named("latest of 24.11.0, which calls itself 24.0.0a", "24.11.0", "openwisp/openwisp-dashboard:latest"),
  named("latest of 25.10.1, on Python 3.13", "25.10.1", "openwisp/openwisp-dashboard:latest"),
  named(
    "latest of 25.10.2, which calls itself 25.10.1, on Python 3.14",
    "25.10.2",
    "openwisp/openwisp-dashboard:latest",
  ),
  {
    what: "latest with a VERSION file",
    containers: [dashboard({ image: "openwisp/openwisp-dashboard:latest" })],
    expected: {},
  },
  {
    what: "latest, where nothing but its environment may be read",
    containers: [dashboard({ image: "openwisp/openwisp-dashboard:latest" })],
    engine: { refuses: ["archive"] },
    expected: { ...WITHOUT_FILES, version: undefined, modules: {} },
  },
  {
    what: "edge, with a module from its development branch",
    containers: [
      dashboard({
        image: "openwisp/openwisp-dashboard:edge",
        versions: { "openwisp-controller": "1.3.0a1" },
      }),
    ],
    expected: {
      modules: modulesOf("25.10.4", "METADATA", { "openwisp-controller": "1.3.0a1 from METADATA" }),
    },
  },
  named("no tag at all", "25.10.0", "openwisp/openwisp-dashboard"),
  tagged("another owner", "25.10.1", "wifi-team/openwisp-dashboard:25.10.1"),
  tagged("a registry with a port", "24.11.2", "registry.example:5000/team/wifi/openwisp-dashboard:24.11.2"),
  tagged("an image built here", "25.10.2", "openwisp-dashboard:25.10.2"),
  named("a digest", "25.10.0", `openwisp/openwisp-dashboard@${digest}`, { tags: [] }),
  tagged("a digest of an image that has a tag, too", "25.10.2", `openwisp/openwisp-dashboard@${digest}`, {
    tags: ["openwisp/openwisp-dashboard:25.10.2"],
  }),
  tagged("a tag and a digest", "24.11.0", `openwisp/openwisp-dashboard:24.11.0@${digest}`, { tags: [] }),
  tagged("latest, which is also tagged with its release", "25.10.2", "openwisp/openwisp-dashboard:latest", {
    tags: ["openwisp/openwisp-dashboard:latest", "registry.example/openwisp-dashboard:25.10.2"],
  }),
  named(
    "latest, which another kind of image's name shares",
    "25.10.0",
    "openwisp/openwisp-dashboard:latest",
    {
      tags: ["acme/backup:24.11.2", "openwisp/openwisp-dashboard:latest"],
    },
  ),
  tagged("an id, since the name went to another image", "25.10.2", digest, {
    createdFrom: "openwisp/openwisp-dashboard:25.10.2",
  }),
  named("an id, since latest went to another image", "25.10.2", digest, {
    createdFrom: "openwisp/openwisp-dashboard:latest",
  }),
  tagged("run by the id of an image that has a name", "25.10.0", digest, {
    tags: ["openwisp/openwisp-dashboard:25.10.0"],
  }),
  tagged("run by the short id of an image that has a name", "25.10.0", digest.slice(7, 19), {
    tags: ["openwisp/openwisp-dashboard:25.10.0"],
  }),
  {
    what: "run by the id of an image that has a name, where no file may be read",
    containers: [dashboard({ image: digest, tags: ["openwisp/openwisp-dashboard:25.10.4"] })],
    engine: { refuses: ["archive"] },
    expected: WITHOUT_FILES,
  },
];

const CUSTOM_IMAGES: readonly Deployment[] = [
  {
    what: "a custom image of another name, known by its layout",
    containers: [celery({ image: CUSTOM }), dashboard({ image: CUSTOM })],
    expected: {},
  },
  {
    what: "a custom image of another name, known by the label of its container",
    containers: [dashboard({ image: CUSTOM, env: PLAIN, labels: { "io.openwisp.role": "dashboard" } })],
    expected: {},
  },
  {
    what: "a custom image of another name, known by its own label",
    containers: [dashboard({ image: CUSTOM, env: PLAIN, imageLabels: { "io.openwisp.role": "dashboard" } })],
    expected: {},
  },
  {
    what: "a custom image whose other container has no label",
    containers: [
      dashboard({ image: CUSTOM, env: PLAIN, labels: { "io.openwisp.role": "dashboard" } }),
      celery({ image: CUSTOM, env: PLAIN }),
    ],
    expected: {},
  },
  {
    what: "a custom image whose other container is for something of its own",
    containers: [
      dashboard({ image: CUSTOM }),
      dashboard({ image: CUSTOM, name: "reports", env: { MODULE_NAME: "acme_reports" } }),
    ],
    expected: {},
  },
  {
    what: "a custom image with its own number in the OCI label",
    containers: [dashboard({ image: CUSTOM, imageLabels: { "org.opencontainers.image.version": "7.3.0" } })],
    expected: {},
  },
  {
    what: "a custom image of an older release with its own number in the OCI label",
    containers: [
      dashboard({
        release: "25.10.0",
        image: CUSTOM,
        imageLabels: { "org.opencontainers.image.version": "7.3.0" },
      }),
    ],
    expected: { version: "25.10.0 from __openwisp_version__", modules: modulesOf("25.10.0") },
  },
  {
    what: "an image whose OCI label is all that tells its release",
    containers: [
      dashboard({
        image: "openwisp/openwisp-dashboard:latest",
        imageLabels: { "org.opencontainers.image.version": "25.10.4" },
      }),
    ],
    engine: { refuses: ["archive"] },
    expected: { ...WITHOUT_FILES, version: "25.10.4 from image version label" },
  },
  {
    what: "a custom image whose own number in the OCI label is not OpenWISP's, where no file may be read",
    containers: [
      dashboard({
        image: "acme/openwisp-dashboard:7",
        imageLabels: { "org.opencontainers.image.version": "7.3.0" },
      }),
    ],
    engine: { refuses: ["archive"] },
    expected: { ...WITHOUT_FILES, version: undefined, modules: {} },
  },
  {
    what: "a custom image whose own tag, a date, looks like a release",
    containers: [dashboard({ release: "25.10.0", image: "acme/wifi:24.1.15" })],
    expected: { version: "25.10.0 from __openwisp_version__", modules: modulesOf("25.10.0") },
  },
  {
    what: "a custom image with a VERSION file that is not one",
    containers: [dashboard({ files: { [VERSION_FILE]: "\u0000\u0001ELF" } })],
    expected: { version: "25.10.4 from release tag" },
  },
  {
    what: "a custom image with a local suffix in its VERSION file",
    containers: [dashboard({ files: { [VERSION_FILE]: "25.10.4+acme.7\n" } })],
    expected: { heldBack: ["OpenWISP Version 25.10.4+acme.7"] },
  },
  {
    what: "a custom image with a local suffix in its literal",
    containers: [
      dashboard({
        image: "openwisp/openwisp-dashboard:latest",
        files: { [INIT]: literals("25.10.4+acme"), [VERSION_FILE]: undefined },
      }),
    ],
    expected: {
      version: "25.10.4 from __openwisp_version__",
      heldBack: ["OpenWISP Version 25.10.4+acme"],
    },
  },
  {
    what: "the version in a label of the container",
    containers: [dashboard({ labels: { "io.openwisp.version": "26.1.0" } })],
    expected: { version: "26.1.0 from label" },
  },
  {
    what: "the version in a label of the image, where no file may be read",
    containers: [
      dashboard({
        image: "acme/openwisp-dashboard:7",
        imageLabels: { "io.openwisp.version": "25.10.4" },
      }),
    ],
    engine: { refuses: ["archive"] },
    expected: { ...WITHOUT_FILES, version: "25.10.4 from label" },
  },
  {
    what: "labels that make no sense",
    containers: [
      dashboard({
        labels: {
          "io.openwisp.version": "latest",
          "io.openwisp.role": "database",
          "io.openwisp.installation-method": "my own method",
          "io.openwisp.module.openwisp-controller": "<script>",
          "io.openwisp.metrics.ignore": "false",
        },
      }),
    ],
    expected: {},
  },
];

const METHODS: readonly Deployment[] = [
  {
    what: "a method that INSTALLATION_METHOD names",
    containers: [dashboard({ labels: { "io.openwisp.installation-method": "label" } })],
    viewpoint: { method: "my-own" },
    expected: { method: "my-own from configuration" },
  },
  {
    what: "a method that a label names",
    containers: [dashboard({ labels: { "io.openwisp.installation-method": "my-own" } })],
    expected: { method: "my-own from label" },
  },
  {
    what: "a method that only the files name, by one of OpenWISP's own installers",
    containers: [dashboard({ files: { [INIT]: literals("25.10.4", "ansible-openwisp2") } })],
    expected: { method: "ansible-openwisp2 from __openwisp_installation_method__" },
  },
  {
    what: "a method that only the files name, by somebody else",
    containers: [dashboard({ files: { [INIT]: literals("25.10.4", "acme-cloud") } })],
    expected: { method: "docker-openwisp from image names", heldBack: ["installation method acme-cloud"] },
  },
  {
    what: "a custom dashboard among docker-openwisp's other images, where no file may be read",
    containers: [dashboard({ image: CUSTOM }), nginx()],
    engine: { refuses: ["archive"] },
    expected: { ...WITHOUT_FILES, version: undefined, modules: {} },
  },
  {
    what: "nothing that names the method",
    containers: [
      dashboard({
        image: CUSTOM,
        env: PLAIN,
        labels: { "io.openwisp.role": "dashboard" },
        files: { [INIT]: undefined },
      }),
      foreign("postgres"),
    ],
    expected: { method: "unspecified from no evidence" },
  },
];

export const IMAGES: readonly Deployment[] = [...RELEASES, ...NAMES, ...CUSTOM_IMAGES, ...METHODS];
