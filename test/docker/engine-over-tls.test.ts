import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createEngine } from "../../src/docker/engine.ts";
import { parseEngineAddress } from "../../src/docker/engine-address.ts";
import { EngineError } from "../../src/docker/engine-error.ts";
import { createFakeEngine, type FakeEngine } from "../support/fake-engine.ts";
import { miniature } from "../support/miniature.ts";
import { hasCommand } from "../support/real-engine.ts";
import { createTlsFront, type TlsFront } from "../support/tls-front.ts";

const skip = !(await hasCommand("openssl")) && "there is no openssl here to make certificates";

describe("over TLS", { skip }, () => {
  let fake: FakeEngine;
  let front: TlsFront;

  before(async () => {
    fake = await createFakeEngine(miniature("25.10.3", { services: ["dashboard"] }));
    front = await createTlsFront(fake.host);
  });

  after(async () => {
    await front.close();
    await fake.close();
  });

  const list = (env: Record<string, string>) =>
    createEngine(parseEngineAddress({ ...front.env, ...env })).listContainers();

  test("the engine is reached with its CA and a certificate of it", async () => {
    assert.equal((await list({})).length, 1);
  });

  const mistakes: [what: string, env: () => Record<string, string>, message: RegExp, hint: RegExp][] = [
    [
      "a certificate of another CA",
      () => ({ DOCKER_CERT_PATH: front.strangerCertPath }),
      /certificate is not trusted \([A-Z_]+\)/,
      /ca\.pem.*DOCKER_CERT_PATH/,
    ],
    [
      "a certificate for another host",
      () => ({ DOCKER_HOST: front.env.DOCKER_HOST?.replace("127.0.0.1", "localhost") ?? "" }),
      /certificate is not trusted \(ERR_TLS_CERT_ALTNAME_INVALID\)/,
      /DOCKER_HOST/,
    ],
    ["no certificates at all", () => ({ DOCKER_CERT_PATH: "/nowhere" }), /not trusted/, /DOCKER_CERT_PATH/],
    [
      "no certificate of our own",
      () => ({ DOCKER_CERT_PATH: front.onlyCaPath }),
      /TLS was not agreed on|connection was cut/,
      /cert\.pem|well/,
    ],
    ["a client without TLS", () => ({ DOCKER_TLS_VERIFY: "" }), /connection was cut/, /well/],
  ];
  for (const [what, env, message, hint] of mistakes)
    test(`${what} is an error with a hint`, async (t) => {
      // As in the real program: docker-modem reads the process's own environment, too.
      const before = { ...process.env };
      Object.assign(process.env, front.env, env());
      t.after(() => {
        process.env = before;
      });
      await assert.rejects(list(env()), (error: unknown) => {
        assert.ok(error instanceof EngineError, String(error));
        assert.equal(error.code, "UNREACHABLE");
        assert.match(error.message, message);
        assert.match(error.hint, hint);
        return true;
      });
    });
});
