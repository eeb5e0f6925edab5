import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContainerSummary } from "../../src/docker/container-facts.ts";
import { createCensus } from "../../src/installation/census.ts";

const container = (n: number, service: string, more: Partial<ContainerSummary> = {}): ContainerSummary => ({
  id: n.toString(16).padStart(64, "0"),
  name: `openwisp-${service}-${n}`,
  image: `openwisp/openwisp-${service}:25.10.4`,
  imageId: `sha256:${service}`,
  state: "running",
  createdAt: undefined,
  labels: { "com.docker.compose.project": "openwisp", "com.docker.compose.service": service },
  ...more,
});

function census() {
  const asked: string[] = [];
  const count = createCensus({
    async inspectContainer(id) {
      asked.push(id);
      return { image: "", environment: { MODULE_NAME: "dashboard" } };
    },
  });
  return { asked, look: (all: ContainerSummary[]) => count(all, []) };
}

test("a thousand containers of one service cost one request, and none the next time", async () => {
  const { asked, look } = census();
  const many = Array.from({ length: 1000 }, (_, n) => container(n, "dashboard"));
  assert.equal((await look(many)).length, 1000);
  assert.equal((await look(many)).length, 1000);
  assert.equal(asked.length, 1);
});

test("each service, image and configuration is asked for on its own", async () => {
  const { asked, look } = census();
  await look([
    container(1, "dashboard"),
    container(2, "api"),
    container(3, "dashboard", { imageId: "sha256:newer" }),
    container(4, "dashboard", { labels: { "com.docker.compose.config-hash": "1" } }),
    container(5, "dashboard", { labels: { "com.docker.compose.config-hash": "2" } }),
    container(6, "dashboard", { name: "something-else" }),
  ]);
  assert.equal(asked.length, 6);
});

test("a service that was made anew is asked for again", async () => {
  const { asked, look } = census();
  await look([container(1, "dashboard"), container(2, "dashboard")]);
  await look([container(3, "dashboard"), container(4, "dashboard")]);
  assert.equal(asked.length, 2);
});

test("the tasks of a swarm service are of one kind, though their names end at random", async () => {
  const { asked, look } = census();
  const labels = { "com.docker.swarm.service.name": "ow_dashboard" };
  await look([
    container(1, "dashboard", { labels, name: "ow_dashboard.1.x7fk2" }),
    container(2, "dashboard", { labels, name: "ow_dashboard.2.pq9ab" }),
  ]);
  assert.equal(asked.length, 1);
});

test("of parts without modules the name of the image tells all: they cost nothing", async () => {
  const { asked, look } = census();
  const found = await look([
    container(1, "nginx"),
    container(2, "postfix"),
    // Its label says that there is more to it.
    container(3, "nginx", { labels: { "io.openwisp.role": "celerybeat" } }),
  ]);
  assert.deepEqual(
    found.map(({ role }) => role),
    ["nginx", "postfix", "celerybeat"],
  );
  assert.equal(asked.length, 1);
});
