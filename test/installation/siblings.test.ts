import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ContainerSummary } from "../../src/docker/container-facts.ts";
import {
  findScope,
  isOn,
  isRunning,
  primaryOf,
  projectOf,
  type Role,
  toSibling,
} from "../../src/installation/siblings.ts";

function container(name: string, fields: Partial<ContainerSummary> = {}): ContainerSummary {
  const image = `openwisp/openwisp-${name}:25.10.4`;
  const unsaid = { imageId: "sha256:1", state: "running", createdAt: undefined, labels: {} };
  return { id: name.padEnd(64, "0"), name, image, ...unsaid, ...fields };
}

const inProject = (project: string, name: string, fields: Partial<ContainerSummary> = {}) =>
  container(name, { id: `${project}${name}`, labels: { "com.docker.compose.project": project }, ...fields });

const OWN = inProject("ow", "metrics", { id: "5e1f", image: "openwisp/openwisp-metrics:1" });

function namesIn(containers: ContainerSummary[], wanted: { project?: string; ownIds?: string[] } = {}) {
  const siblings = containers
    .filter(isRunning)
    .flatMap((it) => toSibling(it, { image: it.image, environment: {} }) ?? []);
  const own = containers.find((it) => wanted.ownIds?.includes(it.id));
  const scope = findScope(siblings, { wanted: wanted.project, own: own && projectOf(own) });
  return scope.kind === "found" ? [scope.project, ...scope.siblings.map((it) => it.container.name)] : scope;
}

const hintOf = (scope: ReturnType<typeof namesIn>) => ("hint" in scope ? scope.hint : undefined);

describe("which installation:", () => {
  const two = [inProject("ow", "dashboard"), inProject("ow", "nginx"), inProject("test", "dashboard")];

  test("the only one there is", () => {
    assert.deepEqual(namesIn([inProject("ow", "dashboard"), inProject("ow", "celerybeat")]), [
      "ow",
      "dashboard",
      "celerybeat",
    ]);
  });

  test("the own compose project, when several are there", () => {
    assert.deepEqual(namesIn([...two, OWN], { ownIds: ["5e1f"] }), ["ow", "dashboard", "nginx"]);
  });

  test("the one that OPENWISP_PROJECT names, whatever the own project is", () => {
    assert.deepEqual(namesIn([...two, OWN], { project: "test", ownIds: ["5e1f"] }), ["test", "dashboard"]);
  });

  test("none, with a hint, when several are there and nothing tells", () => {
    assert.match(hintOf(namesIn(two)) ?? "", /OPENWISP_PROJECT/);
  });

  test("none, with a hint, when the own project has no OpenWISP but another has", () => {
    const containers = [{ ...OWN, labels: { "com.docker.compose.project": "alone" } }, ...two];
    assert.match(hintOf(namesIn(containers, { ownIds: ["5e1f"] })) ?? "", /ow, test: set OPENWISP_PROJECT/);
  });

  test("none when nothing of OpenWISP runs", () => {
    const stopped = inProject("ow", "dashboard", { state: "exited" });
    for (const containers of [[], [stopped], [OWN], [inProject("ow", "x", { image: "postgres:17" })]])
      assert.match(hintOf(namesIn(containers)) ?? "", /started/);
  });

  test("the only one outside of compose", () => {
    assert.deepEqual(namesIn([container("dashboard"), container("nginx")]), [
      undefined,
      "dashboard",
      "nginx",
    ]);
  });

  test("none when one is in compose and one is not", () => {
    assert.match(hintOf(namesIn([container("dashboard"), two[0] ?? OWN])) ?? "", /OPENWISP_PROJECT/);
  });

  test("two swarm stacks are two installations", () => {
    const inStack = (stack: string) =>
      container("dashboard", { id: stack, labels: { "com.docker.stack.namespace": stack } });
    assert.match(hintOf(namesIn([inStack("ow"), inStack("test")])) ?? "", /OPENWISP_PROJECT/);
    assert.deepEqual(namesIn([inStack("ow"), inStack("test")], { project: "test" }), ["test", "dashboard"]);
  });

  test("a container that asks to be ignored is, and other images do not count", () => {
    const ignored = container("dashboard", { id: "1", labels: { "io.openwisp.metrics.ignore": "true" } });
    const foreign = ["postgres:17", "acme/openwisp-acme:1", "acme/my-openwisp-dashboard:1", "sha256:0a1b"];
    const others = foreign.map((image) => container("other", { image }));
    assert.deepEqual(namesIn([ignored, ...others, container("api")]), [undefined, "api"]);
  });
});

describe("what a container is for:", () => {
  const cases: [
    what: string,
    image: string,
    label: string | undefined,
    module: string | undefined,
    role?: Role,
  ][] = [
    ["by its image", "openwisp/openwisp-dashboard:25.10.4", undefined, undefined, "dashboard"],
    ["by an image of another owner", "r.example:5000/t/openwisp-api:edge", undefined, undefined, "api"],
    ["by an image with a digest", `openwisp-nginx@sha256:${"0".repeat(64)}`, undefined, undefined, "nginx"],
    ["celery by MODULE_NAME", "openwisp/openwisp-dashboard", undefined, "celery", "celery"],
    ["celerybeat by MODULE_NAME", "openwisp/openwisp-dashboard", undefined, "celerybeat", "celerybeat"],
    ["the image when MODULE_NAME is odd", "openwisp/openwisp-dashboard", undefined, "acme", "dashboard"],
    ["the label above all", "openwisp/openwisp-dashboard", "api", "celery", "api"],
    ["the label of any image", "acme/wifi:1", "dashboard", undefined, "dashboard"],
    ["the image when the label is odd", "openwisp/openwisp-api", "acme", undefined, "api"],
    ["nothing by MODULE_NAME alone", "acme/wifi:1", undefined, "dashboard"],
    ["nothing of ours", "openwisp/openwisp-acme:1", undefined, undefined],
  ];
  for (const [what, image, label, module, role] of cases)
    test(what, () => {
      const labels = label === undefined ? {} : { "io.openwisp.role": label };
      const environment = module === undefined ? {} : { MODULE_NAME: module };
      assert.equal(toSibling(container("x", { image, labels }), { image, environment })?.role, role);
    });
});

describe("an image of another name", () => {
  const layout = { MODULE_NAME: "celery", PYTHON_VERSION: "3.14.2", USE_OPENWISP_RADIUS: "True" };

  test("is OpenWISP's when its environment has docker-openwisp's layout", () => {
    const custom = container("x", { image: "acme/wifi:1" });
    assert.equal(toSibling(custom, { image: "acme/wifi:1", environment: layout })?.role, "celery");
  });

  test("that is only an id by now is known by the name it was created from", () => {
    const retagged = container("x", { image: `sha256:${"0".repeat(64)}` });
    const sibling = toSibling(retagged, { image: "openwisp/openwisp-api:25.10.3", environment: {} });
    assert.deepEqual([sibling?.role, sibling?.reference?.tag], ["api", "25.10.3"]);
  });
});

describe("who speaks for the installation:", () => {
  const of = (role: Role, day?: number) => ({
    role,
    environment: {},
    reference: undefined,
    container: container(`${role}${day ?? ""}`, {
      createdAt: day === undefined ? undefined : new Date(Date.UTC(2026, 10, day)),
    }),
  });
  const RANKING: Role[] = ["dashboard", "celery", "celerybeat", "api", "websocket"];

  for (const [index, role] of RANKING.entries())
    test(`${role} before ${RANKING.slice(index + 1).join(", ") || "the others"}`, () => {
      const siblings = [of("nginx"), of("postfix"), ...RANKING.slice(index).map((it) => of(it))];
      assert.equal(primaryOf(siblings)?.role, role);
      assert.equal(primaryOf(siblings.toReversed())?.role, role);
    });

  test("of two the newer", () => {
    const siblings = [
      of("dashboard"),
      of("dashboard", 1),
      of("dashboard", 3),
      of("dashboard", 2),
      of("api", 9),
    ];
    assert.equal(primaryOf(siblings)?.container.name, "dashboard3");
  });

  test("nobody without a Python container", () => {
    assert.equal(primaryOf([]), undefined);
    assert.equal(primaryOf([of("nginx"), of("freeradius"), of("openvpn"), of("nfs")]), undefined);
  });
});

test("a switch is on for true and yes only", () => {
  for (const value of ["true", "True", "TRUE", "yes", "Yes", " true "]) assert.ok(isOn(value), value);
  for (const value of [undefined, "", "1", "on", "y", "t", "False", "no", "truetrue"])
    assert.ok(!isOn(value), value);
});
