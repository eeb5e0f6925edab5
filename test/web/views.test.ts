import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import type { HistoryEntry } from "../../src/history.ts";
import { HAND_OVER } from "../../src/installation/hand-over.ts";
import { localTime } from "../../src/local-time.ts";
import { createPass } from "../../src/pass.ts";
import type { PageModel } from "../../src/web/page-model.ts";
import { SCRIPT, STYLE } from "../../src/web/views/assets.ts";
import { monthsOf } from "../../src/web/views/days.ts";
import type { PageLinks } from "../../src/web/views/links.ts";
import { renderMessage } from "../../src/web/views/message.ts";
import { renderPage } from "../../src/web/views/page.ts";
import { describeReport, readBody } from "../../src/web/views/report-body.ts";
import { renderSignIn } from "../../src/web/views/sign-in.ts";
import { clip, inWords } from "../../src/web/views/words.ts";
import {
  bodyOf,
  CONDITION,
  EXPLANATION,
  entry,
  fullYear,
  HOSTILE,
  hostileModel,
  LINKS,
  MODELS,
  model,
  NOW,
} from "./support/page-models.ts";

const QUESTION = "Help improve OpenWISP by allowing the collection of anonymous usage metrics";
const MILESTONES = ["install", "upgrade", "withdrawn"];
const FIXED = "cannot be changed here. To turn usage metrics on, set METRIC_COLLECTION=True in .env";

/** What a reader must find in each state. */
const SENTENCES: Readonly<Record<keyof typeof MODELS, readonly string[]>> = {
  on: [
    "Usage metrics are on Nobody turned them off. The last report was delivered 5 hours ago. The next heartbeat is due in 7 hours.",
    "from release tag; __openwisp_version__ said 25.10.1",
    "from release tag: openwisp-dashboard:25.10.4",
    "but __openwisp_version__ said 25.10.1: /opt/openwisp/openwisp/__init__.py",
    "and version tuple said 1.2.3: openwisp_controller/__init__.py",
    "engine info said 6.1.0-40-amd64",
    "reports that still wait are discarded, and one last event is sent",
    "A Heartbeat with 16 events",
    `in 7 hours (${localTime(new Date("2026-11-24T17:37:00Z"))})`,
    "every day at 17:37, as the cron expression 37 17 * * *",
    `answers since ${localTime(new Date("2026-03-01T04:37:02Z"))}`,
  ],
  "full year": [
    "The collector does not answer",
    "Nothing is broken or lost: reports are kept and tried again.",
    "1 report; next attempt in 2 hours",
  ],
  fresh: ["Nothing was sent yet.", "An Install with 16 events", "Nothing was reported yet.", "not asked yet"],
  "off by METRIC_COLLECTION": [
    "Usage metrics are off METRIC_COLLECTION in the environment says so.",
    FIXED,
    "take DO_NOT_TRACK out of it",
    "It is not sent now: usage metrics are off.",
    "none while usage metrics are off",
  ],
  "off by DO_NOT_TRACK": ["Usage metrics are off DO_NOT_TRACK in the environment says so.", FIXED],
  "opted out": [
    "Usage metrics are off Opted out on the System Info page at 2026-11-20 09:12:44 +00:00.",
    "Consent Withdrawn",
    "It is not sent now: usage metrics are off.",
  ],
  "standing by": [
    "Standing by: OpenWISP’s own collector already reports",
    HAND_OVER,
    "It is not sent now: standing by",
    "none while standing by",
  ],
  development: [
    "Development installation: nothing is reported DEBUG_MODE is on",
    "It is not sent now: development installations",
  ],
  "no engine": [
    "The Docker Engine cannot be asked The Docker Engine did not give the list of containers: there is no Docker socket. Mount it",
    "Docker Engine the Docker Engine did not give the list",
  ],
  "no OpenWISP": [
    "No OpenWISP was found yet No OpenWISP container is running in the project of this container. If OpenWISP runs in another compose project, set OPENWISP_PROJECT.",
    "There is nothing to send",
  ],
  "state not writable": [
    "Nothing can be stored, so nothing is sent The state in /data cannot be opened: /data is on a read-only file system. Give it a volume of its own:",
    'services:\n  metrics:\n    volumes: ["metrics_data:/data"]\nvolumes:\n  metrics_data: {}',
    "It is not sent now: nothing can be stored.",
    "It cannot be changed here as long as nothing can be stored.",
  ],
  "age unknown": ["It cannot be said now", "the age of the installation, which cannot be read"],
  inferred: [
    "1.2.3 inferred",
    "unknown, not sent",
    "Enabled modules are the usual ones (inferred)",
    "openwisp-radius 1.2.2+acme: a local version suffix",
    "containers of several versions run side by side (25.10.3, 25.10.4)",
  ],
};

describe("every state of the page", () => {
  for (const [name, sentences] of Object.entries(SENTENCES))
    test(name, () => {
      const html = renderPage(MODELS[name as keyof typeof MODELS], LINKS);
      const text = textOf(html);
      for (const sentence of sentences) assert.ok(text.includes(sentence), `"${sentence}" in:\n${text}`);
      assert.ok(html.includes(`>${QUESTION}</label>`));
      assertHarmless(html);
    });
});

describe("the check box", () => {
  const box = (it: PageModel) => /<input type="checkbox"[^>]*>/.exec(renderPage(it, LINKS))?.[0] ?? "";

  test("is checked while usage metrics are on, and can be saved", () => {
    assert.match(box(MODELS.on), / name="given" value="yes".* checked>/);
    const html = renderPage(MODELS.on, LINKS);
    assert.match(
      html,
      /<form method="post" action="\/metrics\/consent"[^>]*>\s*<input type="hidden" name="csrf" value="c5rf">/,
    );
    assert.match(html, />Save</);
  });

  test("is not checked after an opt-out, and can be saved", () => {
    assert.doesNotMatch(box(MODELS["opted out"]), / checked| disabled/);
    assert.match(renderPage(MODELS["opted out"], LINKS), />Save</);
  });

  test("cannot be changed where the environment decides", () => {
    const html = renderPage(MODELS["off by METRIC_COLLECTION"], LINKS);
    assert.match(box(MODELS["off by METRIC_COLLECTION"]), / disabled/);
    assert.doesNotMatch(box(MODELS["off by METRIC_COLLECTION"]), / checked| name=/);
    assert.doesNotMatch(html, />Save<|\/consent"/);
  });

  test("promises no last event where there is none", () => {
    assert.doesNotMatch(textOf(renderPage(MODELS.development, LINKS)), /one last event/);
  });
});

describe("what would be sent now", () => {
  for (const [name, body] of [
    ["a usual body", bodyOf("Heartbeat", NOW)],
    ["a body of one event", bodyOf("Consent Withdrawn", NOW)],
    ["a body with all that HTML could change", bodyOf("Upgrade", NOW, `${HOSTILE} ü→\u{1f600}`)],
    ["what is no JSON", ' {"events":[ <b>&amp;'],
  ] as const)
    test(`${name} is shown as the exact bytes, with their SHA-256 and a download`, () => {
      const installation = {
        kind: "seen",
        explanation: EXPLANATION,
        preview: { body, held: undefined },
      } as const;
      const html = renderPage(model({ installation }), LINKS);
      const shown = /<pre id="body"[^>]*>([\s\S]*?)<\/pre>/.exec(html)?.[1] ?? "";
      assert.equal(unescapeHtml(shown.replace(/<\/?span>/g, "")), body);
      assert.ok(html.includes(createHash("sha256").update(body).digest("hex")));
      assert.match(html, /<a [^>]*href="\/metrics\/preview\/5ha\.json" download>/);
    });
});

describe("texts of others", () => {
  test("stay texts", () => {
    const html = renderPage(hostileModel(), { ...LINKS, said: HOSTILE, csrf: `"><script>` });
    assertHarmless(html);
    assert.ok(textOf(html).includes(HOSTILE));
  });

  test("stay texts in messages", () => {
    for (const html of [renderMessage(HOSTILE, HOSTILE), renderSignIn(HOSTILE)]) {
      assertHarmless(html);
      assert.ok(textOf(html).includes(HOSTILE));
    }
  });

  test("do not fill the page: a full year with long ones is below 100 KB", () => {
    const long = "a long text of somebody else ".repeat(200);
    const evidence = { source: "label", value: long, where: long, said: long } as const;
    const values = EXPLANATION.values.map((it) => ({ ...it, evidence: [...it.evidence, evidence] }));
    const heldBack = Array.from({ length: 500 }, () => ({ what: long, why: long }));
    const explanation = { ...EXPLANATION, values, heldBack, warnings: heldBack.map(() => long) };
    const preview = { body: bodyOf("Heartbeat", NOW), held: undefined };
    const history = fullYear().map((it) => ({
      ...it,
      outcome: long,
      attempts: Array.from({ length: 200 }, () => ({ at: NOW, outcome: long })),
    }));
    const html = renderPage(
      model({
        installation: { kind: "seen", explanation, preview },
        history,
        condition: { ...CONDITION, engineProblem: long, stateProblem: { message: long, hint: long } },
      }),
      LINKS,
    );
    assert.ok(history.length > 366);
    assert.ok(Buffer.byteLength(html) < 100_000, `${Buffer.byteLength(html)} bytes`);
    assert.ok(textOf(html).includes("and 480 more: openwisp-metrics explain shows them"));
  });
});

describe("the picture of the last 12 months", () => {
  const day = (ago: number, history: readonly HistoryEntry[]) => {
    const at = new Date(NOW.getTime() - ago * 24 * 60 * 60_000);
    const month = `${at.toLocaleString("en", { month: "long" })} ${at.getFullYear()}`;
    const { signs } = monthsOf(history, NOW).find((it) => it.name === month) ?? assert.fail(month);
    return [...signs].find(([sign, days]) => !MILESTONES.includes(sign) && days.includes(at.getDate()))?.[0];
  };

  test("shows what became of the reports of a day, the worst first", () => {
    const history = [
      entry(8, "Heartbeat", 1, "queued"),
      entry(7, "Heartbeat", 3, "superseded"),
      entry(6, "Upgrade", 4, "refused"),
      entry(5, "Heartbeat", 4),
      entry(4, "Heartbeat", 5, "expired"),
      entry(3, "Heartbeat", 6),
      entry(2, "Heartbeat", 6, "discarded"),
      entry(1, "Install", 7),
    ];
    const seen = [7, 6, 5, 4, 3, 2, 1, 0].map((ago) => day(ago, history));
    const expected = ["delivered", "delivered", "failed", "failed", "dropped", "none", "waiting", undefined];
    assert.deepEqual(seen, expected);
  });

  test("tells days after an opt-out from gaps", () => {
    const history = [entry(3, "Heartbeat", 1), entry(2, "Consent Withdrawn", 4), entry(1, "Install", 6)];
    const seen = [6, 5, 4, 3, 2, 1].map((ago) => day(ago, history));
    assert.deepEqual(seen, ["delivered", "none", "delivered", "off", "off", "delivered"]);
  });

  test("is a year long at most, with each day once, and empty where all is to come", () => {
    const months = monthsOf([...fullYear(), entry(0, "Heartbeat", 500, "queued")], NOW);
    const days = months.flatMap(({ signs }) =>
      [...signs].flatMap(([sign, days]) => (MILESTONES.includes(sign) ? [] : days)),
    );
    assert.equal(days.length, 365);
    assert.equal(months[0]?.name, "November 2026");
    assert.doesNotMatch(renderPage(model({ history: [entry(1, "Heartbeat", -3)] }), LINKS), /<figure>/);
  });

  test("tells the same in words, and marks installs and upgrades with their versions", () => {
    const text = textOf(renderPage(MODELS["full year"], LINKS));
    assert.match(
      text,
      /Days of the month\. delivered: 1–21; waits to be delivered: 24; replaced or discarded: 22–23; Upgrade: 1, 19\./,
    );
    assert.match(
      text,
      /The last 12 months, from the first report on: 348 days with a report delivered, 1 day with a report that waits/,
    );
    assert.match(text, /14 Oct: Upgrade 25\.10\.18 → 25\.10\.19 \(refused\)/);
    assert.match(text, /18 Apr: Consent Withdrawn/);
    assert.match(textOf(renderPage(MODELS.on, LINKS)), /17 Oct: Install 25\.10\.3/);
  });

  test("names what an Upgrade is about", () => {
    const body = (version?: string, more?: Record<string, string>) =>
      readBody(bodyOf("Upgrade", NOW, version, more));
    const before = body("25.10.3");
    assert.equal(describeReport(body("25.10.4"), before), "25.10.3 → 25.10.4");
    assert.equal(describeReport(body("25.10.3", { netdiff: "1.3" }), before), "netdiff 1.2 → 1.3");
    assert.equal(
      describeReport(body("25.10.3", { kernel_version: "6.8.0", new: "1" }), before),
      "kernel 6.1.0 → 6.8.0, and 1 more",
    );
    assert.equal(describeReport(body("25.10.3", { new: "1" }), before), "new 1");
    assert.equal(describeReport(before, before), "25.10.3");
    assert.equal(describeReport(before, undefined), "25.10.3");
    for (const odd of ["", "null", '{"events":5}', '{"events":[null,1]}'])
      assert.equal(describeReport(readBody(odd), before), "");
  });
});

describe("the table of reports", () => {
  const page = (link: Partial<PageLinks> = {}) => renderPage(MODELS["full year"], { ...LINKS, ...link });
  const rows = (html: string) =>
    [...html.matchAll(/href="\/metrics\/reports\/(\d+)\.json"/g)].map((it) => Number(it[1]));

  test("has 25 rows, and a way to the older ones and back", () => {
    const newest = page();
    const ids = rows(newest);
    assert.equal(ids.length, 25);
    const last = ids.at(-1);
    assert.ok(newest.includes(`href="/metrics/?before=${last}#journal"`));
    assert.ok(!newest.includes('href="/metrics/#journal"'));
    const older = page({ before: last });
    assert.ok(older.includes("Reports 26 to 50 of"));
    assert.ok(rows(older).every((id) => id < (last ?? 0)));
    assert.ok(older.includes('href="/metrics/#journal"'));
    const oldest = page({ before: 10 });
    assert.ok(!oldest.includes("?before="));
    assert.match(page({ before: 0 }), /There is nothing older\./);
  });

  test("has each attempt with its time and answer, and of many the last ones", () => {
    const history = [
      entry(2, "Heartbeat", 1, "delivered", { attempts: 3 }),
      entry(1, "Heartbeat", 2, "expired", { attempts: 200 }),
    ];
    const text = textOf(renderPage(model({ history }), LINKS));
    const { attempts } = history[0] ?? assert.fail();
    for (const { at, outcome } of attempts) assert.ok(text.includes(`${localTime(at)}: ${outcome}`));
    assert.match(text, /3 attempts/);
    assert.match(text, /200 attempts 194 earlier/);
  });
});

describe("what stands around", () => {
  test("the lines that hand over are those of the log", async () => {
    const logged: string[] = [];
    const log = {
      debug() {},
      info: (it: string) => void logged.push(it),
      warn() {},
      error() {},
      time: localTime,
    };
    const observe = async () => ({ kind: "seen", hold: "standing by" }) as never;
    await createPass({ observe, state: {} as never, siteId: 5, now: () => NOW, log })(() => false);
    assert.ok(logged[0]?.endsWith(`\n${HAND_OVER}`));
  });

  test("signing in is explained", () => {
    const text = textOf(renderSignIn("You are signed out."));
    assert.match(text, /You are signed out\./);
    assert.match(text, /docker compose logs metrics/);
    assert.match(text, /docker compose exec metrics openwisp-metrics page-url/);
  });

  test("what was just done is said once at the top", () => {
    const html = renderPage(MODELS.on, { ...LINKS, said: "Usage metrics are on.\nNothing to do." });
    assert.match(html, /<p class="said" role="status">Usage metrics are on\.\nNothing to do\.<\/p>/);
  });

  test("style and script stand in the page as they are hashed", () => {
    for (const html of [renderPage(MODELS.on, LINKS), renderMessage("Not found", ""), renderSignIn("")]) {
      assert.equal(/<style>([\s\S]*?)<\/style>/.exec(html)?.[1], STYLE);
      assert.equal(/<script>([\s\S]*?)<\/script>/.exec(html)?.[1], SCRIPT);
    }
  });

  test("times are told in words", () => {
    const told = [-3 * 86_400, -7200, -120, -5, 5, 3000, 7 * 3600, 40 * 3600].map((seconds) =>
      inWords(new Date(NOW.getTime() + seconds * 1000), NOW),
    );
    assert.deepEqual(told, [
      "3 days ago",
      "2 hours ago",
      "2 minutes ago",
      "just now",
      "in a moment",
      "in 50 minutes",
      "in 7 hours",
      "in 2 days",
    ]);
  });

  test("a long text is cut between characters", () => {
    assert.equal(clip("\u{1f600}".repeat(5), 3), "\u{1f600}\u{1f600}…");
    assert.equal(clip("abc", 3), "abc");
  });
});

/** No tag, attribute or address but our own, nothing that loads or runs beside our style and script. */
function assertHarmless(html: string): void {
  const tags = [...withoutAssets(html).matchAll(/<(\/?[a-z!][^\s>]*)((?:[^>"]|"[^"]*")*)>/gi)];
  for (const [, name = "", attributes = ""] of tags) {
    assert.match(name, TAGS, `<${name}>`);
    for (const [, attribute = "", , value] of attributes.matchAll(/\s([^\s="/]+)(="([^"]*)")?/g)) {
      assert.match(attribute, ATTRIBUTES, `<${name}${attributes}>`);
      if (/^(href|action|src)$/.test(attribute))
        assert.match(value ?? "", /^(#|data:,$|\/metrics\/|https:\/\/github\.com\/openwisp$)/);
    }
  }
  assert.equal(html.match(/<script/g)?.length, 1);
  assert.equal(html.match(/<style/g)?.length, 1);
  assert.doesNotMatch(STYLE, /url\(|@import/);
  assert.doesNotMatch(html, /[$]\{|\[object |undefined|>false</);
}

const TAGS =
  /^\/?(!doctype|html|head|meta|title|link|style|body|script|svg|symbol|path|use|text|desc|header|div|p|h[123]|form|input|label|button|nav|ul|ol|li|a|main|section|footer|table|caption|thead|tbody|tr|th|td|details|summary|span|code|pre|em|b|small|dl|dt|dd|time|figure|figcaption)$/;
const ATTRIBUTES =
  /^(html|lang|charset|name|content|rel|href|hidden|id|viewBox|d|class|aria-[a-z]+|method|action|type|value|tabindex|role|scope|colspan|for|checked|disabled|data-copy|datetime|download|x|y)$/;

function withoutAssets(html: string): string {
  return html.replace(STYLE, "").replace(SCRIPT, "");
}

/** What a reader sees, with what is shown on demand. */
function textOf(html: string): string {
  const spaced = withoutAssets(html).replace(
    /<\/?(p|div|h\d|td|th|li|dt|dd|summary|title|desc|section)\b[^>]*>/g,
    " ",
  );
  const pres: string[] = [];
  const text = spaced.replace(/<pre[^>]*>([\s\S]*?)<\/pre>/g, (_, it) => `\u0001${pres.push(it) - 1}\u0001`);
  const flat = text.replace(/<[^>]*>/g, "").replace(/[ \n]+/g, " ");
  return unescapeHtml(
    flat.replace(/\u0001(\d+)\u0001/g, (_, it) => (pres[Number(it)] ?? "").replace(/<[^>]*>/g, "")),
  );
}

function unescapeHtml(text: string): string {
  const entities: Record<string, string> = { lt: "<", gt: ">", quot: '"', "#39": "'", amp: "&" };
  return text.replace(/&(lt|gt|quot|#39|amp);/g, (_, it) => entities[it] ?? "");
}
