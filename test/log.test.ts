import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { afterEach, test } from "node:test";
import { localTime } from "../src/local-time.ts";
import { createLog, type LogOptions } from "../src/log.ts";

process.env.TZ = "UTC";
afterEach(() => {
  process.env.TZ = "UTC";
});

function logInto(options: Partial<LogOptions> = {}) {
  let written = "";
  const destination = new Writable({
    write(chunk, _encoding, done) {
      written += chunk;
      done();
    },
  });
  const now = () => new Date("2026-11-23T20:17:37.042Z");
  const log = createLog({ level: "info", format: "text", destination, now, ...options });
  return { log, written: () => written };
}

test("a line has the time, the level and the sentence, and no colour where nobody looks", () => {
  const { log, written } = logInto();
  log.info("it starts");
  log.warn("it is odd");
  log.error("it broke");
  assert.equal(
    written(),
    [
      "2026-11-23 20:17:37 +00:00 INFO  it starts\n",
      "2026-11-23 20:17:37 +00:00 WARN  it is odd\n",
      "2026-11-23 20:17:37 +00:00 ERROR it broke\n",
    ].join(""),
  );
});

test("further lines of a message are indented", () => {
  const { log, written } = logInto();
  log.info("one\ntwo\nthree");
  assert.equal(written(), "2026-11-23 20:17:37 +00:00 INFO  one\n    two\n    three\n");
});

test("a hostile text cannot drive the terminal or fake a line", () => {
  const { log, written } = logInto();
  log.info("a\u001b[2Jb\r\u0007c\u009bd 100% %s");
  assert.equal(written(), "2026-11-23 20:17:37 +00:00 INFO  a[2Jbcd 100% %s\n");
});

test("fields are for programs: JSON shows them, text does not", () => {
  const text = logInto();
  text.log.info("looked", { containers: 3 });
  assert.equal(text.written(), "2026-11-23 20:17:37 +00:00 INFO  looked\n");
  const json = logInto({ format: "json" });
  json.log.info("looked", { containers: 3 });
  assert.deepEqual(JSON.parse(json.written()), {
    level: "info",
    time: "2026-11-23T20:17:37.042Z",
    containers: 3,
    msg: "looked",
  });
});

test("what is below the level is not written", () => {
  const { log, written } = logInto({ level: "warn" });
  log.debug("a");
  log.info("b");
  log.warn("c");
  assert.match(written(), /^[^\n]* c\n$/);
});

test("times are local, with their offset", () => {
  const instant = new Date("2026-11-23T20:17:37.999Z");
  for (const [zone, expected] of [
    ["UTC", "2026-11-23 20:17:37 +00:00"],
    ["Europe/Berlin", "2026-11-23 21:17:37 +01:00"],
    ["Asia/Kolkata", "2026-11-24 01:47:37 +05:30"],
    ["America/St_Johns", "2026-11-23 16:47:37 -03:30"],
    ["Pacific/Marquesas", "2026-11-23 10:47:37 -09:30"],
  ] as const) {
    process.env.TZ = zone;
    assert.equal(localTime(instant), expected);
    assert.equal(logInto().log.time(instant), expected);
  }
});
