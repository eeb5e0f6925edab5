import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ownContainerIds } from "../../src/docker/own-container.ts";

const ID = "0123456789abcdef".repeat(4);
const LAYER = "fedcba9876543210".repeat(4);

const DOCKER_MOUNTS = [
  `620 519 0:61 / / rw,relatime master:1 - overlay overlay rw,lowerdir=/var/lib/docker/overlay2/${LAYER}/diff`,
  `640 620 8:1 /var/lib/docker/overlay2/${LAYER}/merged /data rw - ext4 /dev/sda1 rw`,
  `641 620 8:1 /var/lib/docker/containers/${ID}/resolv.conf /etc/resolv.conf rw,relatime - ext4 /dev/sda1 rw`,
  `642 620 8:1 /var/lib/docker/containers/${ID}/hostname /etc/hostname rw,relatime - ext4 /dev/sda1 rw`,
].join("\n");
const PODMAN_MOUNTS = `701 698 0:25 /containers/overlay-containers/${ID}/userdata/hosts /etc/hosts rw - tmpfs tmpfs rw\n`;

const CASES: [
  what: string,
  hostname: string,
  mountinfo: string | undefined,
  cgroup: string | undefined,
  ids: string[],
][] = [
  ["Docker, cgroup v2", "0123456789ab", DOCKER_MOUNTS, "0::/\n", [ID, "0123456789ab"]],
  ["Docker with a host name of the admin's", "metrics", DOCKER_MOUNTS, "0::/\n", [ID]],
  ["Podman", "metrics", PODMAN_MOUNTS, "0::/\n", [ID]],
  ["cgroup v1", "metrics", undefined, `12:pids:/docker/${ID}\n11:memory:/docker/${ID}\n`, [ID]],
  ["cgroup v1 with systemd", "metrics", undefined, `1:name=systemd:/system.slice/docker-${ID}.scope\n`, [ID]],
  ["Podman, cgroup v1", "metrics", undefined, `1:name=systemd:/machine.slice/libpod-${ID}.scope/x\n`, [ID]],
  ["only a host name that looks like a short id", "0123456789ab", undefined, undefined, ["0123456789ab"]],
  ["no container", "laptop", "21 1 8:1 / / rw - ext4 /dev/sda1 rw\n", "0::/user.slice\n", []],
  ["an id that is too long is none", "laptop", undefined, `1:x:/docker/${ID}0\n`, []],
];

describe("the container we run in is known by its id", () => {
  for (const [what, hostname, mountinfo, cgroup, ids] of CASES)
    test(what, () => {
      const files = new Map([
        ["/proc/self/mountinfo", mountinfo],
        ["/proc/self/cgroup", cgroup],
      ]);
      assert.deepEqual(ownContainerIds({ hostname, readText: (path) => files.get(path) }), ids);
    });
});
