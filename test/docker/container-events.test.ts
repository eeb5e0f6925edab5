import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { test } from "node:test";
import { readEvents } from "../../src/docker/container-events.ts";

/** Podman 4.3 reads `since` as a floating-point number of seconds (pkg/util, ParseInputTime). */
function asPodmanReadsIt(since: string): bigint {
  const seconds = Math.trunc(Number(since));
  return BigInt(seconds) * 1_000_000_000n + BigInt(Math.trunc((Number(since) - seconds) * 1e9));
}

test("an event is not told again to whoever resumes, also where since is read less exactly than it is said", async () => {
  const start = 1_795_534_714_000_000_000n;
  for (let nanos = start; nanos < start + 2_000_000_000n; nanos += 1_234_567n) {
    let since = "";
    for await (const event of readEvents(streamOf(`{"status":"start","timeNano":${nanos}}\n`)))
      since = event.since;
    const resumesAt = asPodmanReadsIt(since);
    // Podman tells what is later, Docker what is as late too.
    assert.ok(resumesAt > nanos, `${nanos} is told again to ${since}`);
    assert.ok(resumesAt - nanos < 10_000n, `${since} is long after ${nanos}`);
  }
});

function streamOf(text: string): IncomingMessage {
  return Object.assign(Readable.from([Buffer.from(text)]), { headers: {} }) as unknown as IncomingMessage;
}
