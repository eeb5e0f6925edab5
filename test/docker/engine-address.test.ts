import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type EngineAddress, parseEngineAddress } from "../../src/docker/engine-address.ts";

const TLS = { tls: { directory: "/root/.docker" } };

const GOOD: [env: Record<string, string>, expected: EngineAddress][] = [
  [{}, { socketPath: "/var/run/docker.sock" }],
  [{ DOCKER_HOST: "" }, { socketPath: "/var/run/docker.sock" }],
  [{ DOCKER_HOST: "unix://" }, { socketPath: "/var/run/docker.sock" }],
  [{ DOCKER_HOST: "unix:///run/user/1000/docker.sock" }, { socketPath: "/run/user/1000/docker.sock" }],
  [{ DOCKER_HOST: " unix:///run/podman/podman.sock " }, { socketPath: "/run/podman/podman.sock" }],
  [{ DOCKER_HOST: "tcp://socket-proxy:2375" }, { host: "socket-proxy", port: 2375 }],
  [{ DOCKER_HOST: "tcp://socket-proxy" }, { host: "socket-proxy", port: 2375 }],
  [{ DOCKER_HOST: "socket-proxy:2375" }, { host: "socket-proxy", port: 2375 }],
  [{ DOCKER_HOST: "http://socket-proxy:8080" }, { host: "socket-proxy", port: 8080 }],
  [{ DOCKER_HOST: "tcp://socket-proxy:80" }, { host: "socket-proxy", port: 80 }],
  [{ DOCKER_HOST: "tcp://10.0.0.5:4243" }, { host: "10.0.0.5", port: 4243 }],
  [{ DOCKER_HOST: "tcp://[::1]:2375" }, { host: "::1", port: 2375 }],
  [
    { DOCKER_HOST: "tcp://e:2376", DOCKER_TLS_VERIFY: "1" },
    { host: "e", port: 2376, ...TLS },
  ],
  [
    { DOCKER_HOST: "tcp://e", DOCKER_TLS_VERIFY: "0" },
    { host: "e", port: 2376, ...TLS },
  ],
  [
    { DOCKER_HOST: "tcp://e:2376", DOCKER_TLS_VERIFY: "" },
    { host: "e", port: 2376 },
  ],
  [{ DOCKER_HOST: "https://e" }, { host: "e", port: 2376, ...TLS }],
  [{ DOCKER_HOST: "https://e:443" }, { host: "e", port: 443, ...TLS }],
  [
    { DOCKER_HOST: "tcp://e:1", DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: "/certs" },
    { host: "e", port: 1, tls: { directory: "/certs" } },
  ],
];

describe("DOCKER_HOST is read as the docker CLI reads it", () => {
  for (const [env, expected] of GOOD)
    test(JSON.stringify(env), () =>
      assert.deepEqual(parseEngineAddress({ HOME: "/root", ...env }), expected),
    );
});

describe("an address that cannot be right is refused with what would be", () => {
  for (const [value, right] of [
    ["tcp://", /tcp:\/\/host:port/],
    ["tcp://host:99999", /tcp:\/\/host:port/],
    ["tcp://:2375", /tcp:\/\/host:port/],
    ["fd://", /unix:\/\/\/path/],
    ["npipe:////./pipe/docker_engine", /unix:\/\/\/path/],
    ["/var/run/docker.sock", /unix:\/\/\/path/],
    ["unix:/var/run/docker.sock", /unix:\/\/\/path/],
    ["ssh://me@server", /ssh is not supported/],
  ] as const)
    test(value, () => {
      assert.throws(
        () => parseEngineAddress({ DOCKER_HOST: value }),
        ({ message }: Error) => message.startsWith("DOCKER_HOST is ") && right.test(message),
      );
    });
});
