import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { giveUpRoot } from "../src/privileges.ts";

const skip = process.getuid?.() !== 0 && "only root can give files to others";

describe("a process that was started as root", { skip }, () => {
  let stateDir: string;
  let socketPath: string;

  beforeEach(() => {
    stateDir = mkdtempSync(join(tmpdir(), "privileges-"));
    socketPath = join(stateDir, "docker.sock");
    writeFileSync(socketPath, "");
    chownSync(stateDir, 1000, 1001);
    chownSync(socketPath, 0, 999);
    chmodSync(socketPath, 0o660);
  });
  afterEach(() => rmSync(stateDir, { recursive: true }));

  function asked(uid = 0, fail = false) {
    const calls: unknown[] = [];
    const note = (name: string) => (value: unknown) => {
      if (fail) throw Object.assign(new Error("EPERM"), { code: "EPERM" });
      calls.push([name, value]);
    };
    const fake = { getuid: () => uid, setgroups: note("groups"), setgid: note("gid"), setuid: note("uid") };
    return { calls, because: giveUpRoot(fake, { stateDir, socketPath }) };
  }

  test("becomes the owner of the state's folder, and keeps the socket's group", () => {
    assert.deepEqual(asked(), {
      calls: [
        ["groups", [999]],
        ["gid", 1001],
        ["uid", 1000],
      ],
      because: undefined,
    });
  });

  test("keeps no group where there is no socket", () => {
    rmSync(socketPath);
    assert.deepEqual(asked().calls[0], ["groups", []]);
  });

  test("stays what it is when it is not root", () => {
    assert.deepEqual(asked(1000), { calls: [], because: undefined });
  });

  test("stays root, and says why, where nobody else could do the work", () => {
    chmodSync(socketPath, 0o600);
    assert.deepEqual(asked(), { calls: [], because: "only root may use the Docker socket" });
    chmodSync(socketPath, 0o660);
    assert.match(asked(0, true).because ?? "", /SETUID and SETGID/);
    chownSync(stateDir, 0, 0);
    assert.deepEqual(asked(), { calls: [], because: `${stateDir} belongs to root` });
  });
});
