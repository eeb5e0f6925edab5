import assert from "node:assert/strict";
import { test } from "node:test";
import { judge } from "../../src/delivery/collector.ts";

test("204 is success; what may pass is tried again; everything else is final", () => {
  for (const [status, bodyBytes, kind] of [
    [204, 0, "accepted"],
    [200, 0, "accepted"],
    [200, 12, "refused"],
    [201, 0, "refused"],
    [301, 0, "refused"],
    [400, 20, "refused"],
    [403, 0, "refused"],
    [404, 0, "refused"],
    [413, 0, "refused"],
    [429, 0, "unavailable"],
    [500, 0, "unavailable"],
    [502, 900, "unavailable"],
    [503, 0, "unavailable"],
  ] as const)
    assert.equal(judge(status, bodyBytes).kind, kind, `${status} with ${bodyBytes} bytes`);
});
