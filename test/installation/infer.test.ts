import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseImageReference } from "../../src/docker/image-reference.ts";
import type { EvidenceSource, Finding } from "../../src/installation/evidence.ts";
import { readImageContents } from "../../src/installation/image-contents.ts";
import { type Installed, inferInstallation, pythonVersion } from "../../src/installation/infer.ts";
import type { Sibling } from "../../src/installation/siblings.ts";

const PROJECT = "/opt/openwisp/openwisp";
const PACKAGES = "/usr/local/lib/python3.14/site-packages";

interface Given {
  readonly image?: string;
  /** Other names of the same image. */
  readonly tags?: readonly string[];
  readonly labels?: Record<string, string>;
  readonly imageLabels?: Record<string, string>;
  readonly environment?: Record<string, string>;
  readonly files?: Record<string, string>;
  readonly method?: string;
}

async function infer(given: Given, asked: string[] = []): Promise<Installed> {
  const files = new Map(Object.entries(given.files ?? {}));
  const image = given.image ?? "openwisp/openwisp-dashboard:latest";
  const primary: Sibling = {
    role: "dashboard",
    environment: given.environment ?? { PYTHON_VERSION: "3.14.2" },
    reference: parseImageReference(image),
    container: {
      id: "0a1b2c3d4e5f",
      name: "dashboard",
      image,
      imageId: "sha256:1",
      state: "running",
      createdAt: undefined,
      labels: given.labels ?? {},
    },
  };
  const readFile = async (path: string) => {
    asked.push(path);
    return files.get(path);
  };
  return inferInstallation({
    primary,
    siblings: [primary],
    image: { tags: given.tags ?? [], labels: given.imageLabels ?? {} },
    contents: await readImageContents(readFile, pythonVersion(primary)),
    configuredMethod: given.method,
  });
}

function together(givens: readonly Given[]): Given {
  const all: Given = Object.assign({}, ...givens.toReversed());
  const merge = (read: (given: Given) => Record<string, string> | undefined) =>
    Object.assign({}, ...givens.map(read)) as Record<string, string>;
  return {
    ...all,
    labels: merge((it) => it.labels),
    imageLabels: merge((it) => it.imageLabels),
    files: merge((it) => it.files),
  };
}

type Rung = [what: string, given: Given, source: EvidenceSource, value: string];

/** Rungs best first: each wins alone, and wins over all below it, which keep their say. */
function testLadder(rungs: readonly Rung[], read: (installed: Installed) => Finding | undefined): void {
  for (const [index, [what, given, source, value]] of rungs.entries()) {
    test(`${what} is enough`, async () => {
      const finding = read(await infer(given));
      assert.equal(finding?.value, value);
      assert.equal(finding?.evidence[0]?.source, source);
    });
    test(`${what} wins over what is below it`, async () => {
      const below = rungs.slice(index);
      const finding = read(await infer(together(below.map(([, it]) => it))));
      assert.equal(finding?.value, value);
      const sources = new Set(below.map(([, , it]) => it));
      assert.deepEqual(
        finding?.evidence.map((it) => it.source).filter((it) => sources.has(it)),
        [...sources],
      );
    });
  }
}

describe("OpenWISP's version:", () => {
  const rungs: Rung[] = [
    ["the label", { labels: { "io.openwisp.version": "26.1.7" } }, "label", "26.1.7"],
    ["the image's label", { imageLabels: { "io.openwisp.version": "26.1.6" } }, "label", "26.1.6"],
    ["the VERSION file", { files: { [`${PROJECT}/VERSION`]: "26.1.5\n" } }, "VERSION file", "26.1.5"],
    [
      "the release tag of the image",
      { image: "registry.example:5000/team/openwisp-dashboard:26.1.4@sha256:".concat("0".repeat(64)) },
      "release tag",
      "26.1.4",
    ],
    [
      "the release tag of another name of the image",
      { tags: ["openwisp/openwisp-dashboard:latest", "openwisp/openwisp-dashboard:26.1.3"] },
      "release tag",
      "26.1.3",
    ],
    [
      "the literal",
      { files: { [`${PROJECT}/__init__.py`]: '__openwisp_version__ = "26.1.2"\n' } },
      "__openwisp_version__",
      "26.1.2",
    ],
    [
      "the OCI version label",
      { imageLabels: { "org.opencontainers.image.version": "26.1.1" } },
      "image version label",
      "26.1.1",
    ],
  ];
  testLadder(rungs, (it) => it.openwispVersion);

  test("is unknown without evidence", async () => {
    assert.deepEqual((await infer({})).openwispVersion, { value: undefined, evidence: [] });
  });

  test("an image known only by its id may have a release tag", async () => {
    const installed = await infer({
      image: `sha256:${"0".repeat(64)}`,
      tags: ["openwisp/openwisp-dashboard:25.10.4"],
    });
    assert.equal(installed.openwispVersion.value, "25.10.4");
  });

  test("a tag that is no release says nothing", async () => {
    for (const tag of ["latest", "edge", "1.2.3", "v25.10.4", "25.10", "25.10.4-acme", "2025.10.4"])
      assert.equal(
        (await infer({ image: `openwisp/openwisp-dashboard:${tag}` })).openwispVersion.value,
        undefined,
        tag,
      );
  });

  test("the tag of another image with the same id says nothing", async () => {
    const { openwispVersion } = await infer({ tags: ["acme/backup:25.10.4"] });
    assert.equal(openwispVersion.value, undefined);
  });

  test("what is no version gives way to the next evidence", async () => {
    const installed = await infer({
      labels: { "io.openwisp.version": "<script>" },
      files: { [`${PROJECT}/VERSION`]: "\u0000\u0001ELF" },
      image: "openwisp/openwisp-dashboard:25.10.4",
    });
    assert.equal(installed.openwispVersion.value, "25.10.4");
  });

  test("a local suffix is held back and shown", async () => {
    const { openwispVersion } = await infer({ labels: { "io.openwisp.version": "25.10.4+acme" } });
    assert.equal(openwispVersion.value, "25.10.4");
    assert.equal(openwispVersion.evidence[0]?.said, "25.10.4+acme");
  });

  const wrong: [literal: string, python: string, image: string, expected: string][] = [
    ["24.0.0a", "3.12.7", "openwisp/openwisp-dashboard:24.11.0", "24.11.0"],
    ["25.10.1", "3.14.2", "openwisp/openwisp-dashboard:25.10.2", "25.10.2"],
    ["24.0.0a", "3.12.7", "openwisp/openwisp-dashboard:latest", "24.11.0"],
    ["25.10.1", "3.14.2", "openwisp/openwisp-dashboard:latest", "25.10.2"],
    ["25.10.1", "3.13.11", "openwisp/openwisp-dashboard:latest", "25.10.1"],
    ["25.10.1", "3.13.11", "openwisp/openwisp-dashboard:25.10.1", "25.10.1"],
  ];
  for (const [literal, python, image, expected] of wrong)
    test(`the literal ${literal} on Python ${python} in ${image} is ${expected}`, async () => {
      const { openwispVersion } = await infer({
        image,
        environment: { PYTHON_VERSION: python },
        files: { [`${PROJECT}/__init__.py`]: `__openwisp_version__ = "${literal}"\n` },
      });
      assert.equal(openwispVersion.value, expected);
      const [said] = openwispVersion.evidence.filter((it) => it.source === "__openwisp_version__");
      assert.equal(said?.said ?? said?.value, literal);
    });
});

describe("a module's version:", () => {
  const NAME = "openwisp-controller";
  const rungs: Rung[] = [
    ["the label", { labels: { [`io.openwisp.module.${NAME}`]: "1.3.0" } }, "label", "1.3.0"],
    [
      "METADATA",
      {
        files: { [`${PACKAGES}/openwisp_controller-1.2.dist-info/METADATA`]: "Name: x\nVersion: 1.2.0\n\n" },
      },
      "METADATA",
      "1.2.0",
    ],
    [
      "the version tuple",
      { files: { [`${PACKAGES}/openwisp_controller/__init__.py`]: 'VERSION = (1, 2, 0, "final")\n' } },
      "version tuple",
      "1.2",
    ],
    [
      "the table of releases",
      { files: { [`${PROJECT}/VERSION`]: "25.10.4\n" } },
      "table of releases",
      "1.2.3",
    ],
  ];
  testLadder(rungs, (it) => it.modules[NAME]);

  test("a module of which nothing is known is left out", async () => {
    assert.deepEqual((await infer({})).modules, {});
  });

  test("METADATA is found under the tuple's version, which no table knows", async () => {
    const { modules } = await infer({
      files: {
        [`${PACKAGES}/openwisp_ipam/__init__.py`]: 'VERSION = (7, 2, 0, "post1")\n',
        [`${PACKAGES}/openwisp_ipam-7.2.post1.dist-info/METADATA`]: "Version: 7.2.post1\n",
        [`${PACKAGES}/openwisp_users/__init__.py`]: 'VERSION = (7, 2, 0, "final")\n',
        [`${PACKAGES}/openwisp_users-7.2.0.dist-info/METADATA`]: "Version: 7.2.0\n",
        [`${PACKAGES}/netdiff/info.py`]: "VERSION = (7, 1, 0, 'final')\n",
        [`${PACKAGES}/netdiff-7.1.dist-info/METADATA`]: "Version: 7.1\n",
        [`${PACKAGES}/netjsonconfig/version.py`]: "VERSION = (7, 1, 1, 'final')\n",
        [`${PACKAGES}/netjsonconfig-7.1.1.dist-info/METADATA`]: "Version: 7.1.1\n",
      },
    });
    assert.deepEqual(
      Object.entries(modules).map(([name, { value, evidence }]) => [name, value, evidence[0]?.source]),
      [
        ["openwisp-ipam", "7.2.post1", "METADATA"],
        ["openwisp-users", "7.2.0", "METADATA"],
        ["netdiff", "7.1", "METADATA"],
        ["netjsonconfig", "7.1.1", "METADATA"],
      ],
    );
  });

  test("where no file may be read, a release tag still gives every version", async () => {
    const { modules } = await infer({ image: "openwisp/openwisp-dashboard:25.10.0" });
    assert.deepEqual(
      Object.entries(modules).map(([name, { value }]) => `${name} ${value}`),
      [
        "openwisp-controller 1.2",
        "openwisp-firmware-upgrader 1.2",
        "openwisp-ipam 1.2.post1",
        "openwisp-monitoring 1.2",
        "openwisp-network-topology 1.2",
        "openwisp-notifications 1.2",
        "openwisp-radius 1.2",
        "openwisp-users 1.2.0",
        "openwisp-utils 1.2",
        "netdiff 1.2",
        "netjsonconfig 1.2",
      ],
    );
  });

  test("of a release that is known each module costs one file, of any other the usual place is no hindrance", async () => {
    const metadata = (version: string) => `${PACKAGES}/openwisp_controller-${version}.dist-info/METADATA`;
    const cases: [what: Record<string, string>, version: string | undefined, files: number][] = [
      [{ [`${PROJECT}/VERSION`]: "25.10.4", [metadata("1.2.3")]: "Version: 1.2.3\n" }, "1.2.3", 1],
      // 25.10.2 calls itself 25.10.1.
      [
        {
          [`${PROJECT}/__init__.py`]: '__openwisp_version__ = "25.10.1"\n',
          [metadata("1.2")]: "Version: 1.2\n",
        },
        "1.2",
        1,
      ],
      // Upgraded within the image.
      [
        {
          [`${PROJECT}/VERSION`]: "25.10.4",
          [`${PACKAGES}/openwisp_controller/__init__.py`]: 'VERSION = (1, 2, 7, "final")\n',
          [metadata("1.2.7")]: "Version: 1.2.7\n",
        },
        "1.2.7",
        3,
      ],
    ];
    for (const [files, version, reads] of cases) {
      const asked: string[] = [];
      const { modules } = await infer({ files }, asked);
      const { value, evidence } = modules["openwisp-controller"] ?? { evidence: [] };
      assert.deepEqual([value, evidence[0]?.source], [version, "METADATA"]);
      assert.equal(asked.filter((it) => it.includes("/openwisp_controller")).length, reads);
    }
  });

  test("only the project's and the packages' folders are looked into", async () => {
    for (const PYTHON_VERSION of ["3.14.2", "3.14/../../../../etc", "../etc", "", "three"]) {
      const asked: string[] = [];
      await infer({ environment: { PYTHON_VERSION } }, asked);
      for (const path of asked)
        assert.match(
          path,
          /^(\/opt\/openwisp\/openwisp|\/usr\/local\/lib\/python3\.14\/site-packages)\/[\w./-]+$/,
        );
      assert.ok(!asked.some((it) => it.includes("..")));
    }
  });
});

describe("a module is enabled", () => {
  const settings = (...apps: string[]) => ({
    [`${PROJECT}/VERSION`]: "25.10.4",
    [`${PROJECT}/module_settings.py`]: `INSTALLED_APPS = [${apps.map((it) => `"${it}"`)}]\n`,
  });
  const enabled = async (given: Given) => Object.keys((await infer(given)).modules);
  const LIBRARIES = ["netdiff", "netjsonconfig"];

  test("when its package or a sub-app of it is in INSTALLED_APPS", async () => {
    const files = settings("django.contrib.admin", "openwisp_controller.config", "openwisp_users");
    assert.deepEqual(await enabled({ files }), ["openwisp-controller", "openwisp-users", ...LIBRARIES]);
  });

  test("openwisp-utils through its admin theme", async () => {
    const files = settings("openwisp_utils.admin_theme");
    assert.deepEqual(await enabled({ files }), ["openwisp-utils", ...LIBRARIES]);
  });

  test("not by a name that only starts alike, and what is not known is never reported", async () => {
    const files = settings("openwisp_controller_acme", "openwisp_acme", "acme.openwisp_radius", "openwisp");
    assert.deepEqual(await enabled({ files }), LIBRARIES);
  });

  for (const [value, on] of [
    ["True", true],
    ["true", true],
    ["YES", true],
    ["False", false],
    ["no", false],
    ["1", false],
    ["on", false],
    ["", false],
    [undefined, true],
  ] as const)
    test(`${on ? "" : "not "}when its switch is ${JSON.stringify(value) ?? "not there"}`, async () => {
      const files = settings("openwisp_radius", "openwisp_users");
      const environment = {
        PYTHON_VERSION: "3.14.2",
        ...(value !== undefined && { USE_OPENWISP_RADIUS: value }),
      };
      assert.deepEqual(await enabled({ files, environment }), [
        ...(on ? ["openwisp-radius"] : []),
        "openwisp-users",
        ...LIBRARIES,
      ]);
    });

  test("each switch takes its own module out, also where INSTALLED_APPS cannot be read", async () => {
    const environment = {
      USE_OPENWISP_RADIUS: "False",
      USE_OPENWISP_TOPOLOGY: "False",
      USE_OPENWISP_FIRMWARE: "False",
      USE_OPENWISP_MONITORING: "False",
    };
    assert.deepEqual(await enabled({ image: "openwisp/openwisp-dashboard:25.10.4", environment }), [
      "openwisp-controller",
      "openwisp-ipam",
      "openwisp-notifications",
      "openwisp-users",
      "openwisp-utils",
      ...LIBRARIES,
    ]);
  });
});

describe("the installation method:", () => {
  const image = "acme/wifi:1";
  const rungs: Rung[] = [
    ["INSTALLATION_METHOD", { method: "my-own" }, "configuration", "my-own"],
    ["the label", { labels: { "io.openwisp.installation-method": "ansible" } }, "label", "ansible"],
    [
      "the literal",
      { files: { [`${PROJECT}/__init__.py`]: '__openwisp_installation_method__ = "ansible-openwisp2"\n' } },
      "__openwisp_installation_method__",
      "ansible-openwisp2",
    ],
    ["the images' name", { image: "team/openwisp-dashboard:edge" }, "image names", "docker-openwisp"],
  ];
  testLadder(rungs, (it) => it.installationMethod);

  test("nothing that tells is unspecified", async () => {
    const { installationMethod } = await infer({ image });
    assert.equal(installationMethod.value, "unspecified");
    assert.equal(installationMethod.evidence[0]?.source, "no evidence");
  });

  test("what is no method gives way to the next evidence", async () => {
    for (const said of ["", "my method", "<b>", "a".repeat(65), "naïve"]) {
      const labels = { "io.openwisp.installation-method": said };
      assert.equal((await infer({ labels })).installationMethod.value, "docker-openwisp", said);
    }
  });
});

describe("held back, and shown here only:", () => {
  const heldBack = async (given: Given) => (await infer(given)).heldBack.map((it) => it.what);

  test("a module that is not OpenWISP's own", async () => {
    const files = {
      [`${PROJECT}/module_settings.py`]:
        'INSTALLED_APPS = ["openwisp_users", "openwisp_acme.wifi", "acme"]\n',
    };
    assert.deepEqual(await heldBack({ files }), ["openwisp_acme"]);
    assert.ok(!("openwisp-acme" in (await infer({ files })).modules));
  });

  test("the local suffix of a version", async () => {
    const labels = { "io.openwisp.version": "25.10.4+acme" };
    assert.deepEqual(await heldBack({ labels }), ["OpenWISP Version 25.10.4+acme"]);
  });

  test("an installation method that no installer of OpenWISP names", async () => {
    const files = { [`${PROJECT}/__init__.py`]: '__openwisp_installation_method__ = "acme-cloud"\n' };
    assert.deepEqual(await heldBack({ files }), ["installation method acme-cloud"]);
    assert.equal((await infer({ files })).installationMethod.value, "docker-openwisp");
  });

  test("nothing of a usual installation", async () => {
    assert.deepEqual(await heldBack({ image: "openwisp/openwisp-dashboard:25.10.4" }), []);
  });
});
