/**
 * What we read out of files of a Python installation, as text, never by running it. Any bytes in,
 * a value or undefined out; each reader looks at its input once.
 */

/** The text assigned to `name` at the start of a line: `__openwisp_version__ = "25.10.4"`. */
export function assignedString(source: string, name: string): string | undefined {
  const match = new RegExp(`^${name}[ \\t]{0,8}=[ \\t]{0,8}(["'])([^"'\\\\\\r\\n]{1,128})\\1`, "m").exec(
    source,
  );
  return match?.[2];
}

/** `VERSION = (1, 2, 0, "final")` as its parts. */
export function versionTuple(source: string): { numbers: number[]; stage: string } | undefined {
  const content = /^VERSION[ \t]{0,8}=[ \t]{0,8}\(([^()]{1,128})\)/m.exec(source)?.[1];
  if (content === undefined) return undefined;
  const parts = content
    .split(",")
    .map((it) => it.trim())
    .filter(Boolean);
  const numbers = parts.slice(0, 3).map(Number);
  if (numbers.length < 2 || !numbers.every((it) => Number.isInteger(it) && it >= 0 && it < 10_000))
    return undefined;
  const stage = parts.slice(3).map((it) => it.replace(/^["']|["']$/g, ""));
  return { numbers, stage: stage.join("") };
}

/**
 * The versions, in PEP 440's spelling, that a package with this tuple may have been published as, the likeliest
 * first. `(1, 2, 0, "final")` was published as 1.2 by most modules and as 1.2.0 by others; "post1" gives 1.2.post1.
 */
export function publishedVersions({ numbers, stage }: { numbers: number[]; stage: string }): string[] {
  const bases = [numbers.join(".")];
  if (numbers.length === 3 && numbers[2] === 0) bases.unshift(numbers.slice(0, 2).join("."));
  const suffix = stageSuffix(stage);
  return suffix === undefined ? [] : bases.map((it) => it + suffix);
}

const STAGES: Readonly<Record<string, string>> = {
  a: "a",
  alpha: "a",
  b: "b",
  beta: "b",
  c: "rc",
  rc: "rc",
  candidate: "rc",
  post: ".post",
  dev: ".dev",
};

function stageSuffix(stage: string): string | undefined {
  if (stage === "" || /^final\d*$/.test(stage)) return "";
  const [, word, number] = /^\.?([a-z]{1,9})\.?(\d{0,4})$/.exec(stage) ?? [];
  const spelled = STAGES[word ?? ""];
  return spelled && spelled + (number || "0");
}

/** The strings of the lists assigned (or added) to INSTALLED_APPS at the start of a line; undefined when there is none. */
export function installedApps(source: string): string[] | undefined {
  const listStart = /^INSTALLED_APPS[ \t]{0,8}\+?=[ \t]{0,8}\[/gm;
  const token = /#[^\n]*|"([^"\\\n]*)"|'([^'\\\n]*)'|\]/g;
  let apps: string[] | undefined;
  while (listStart.exec(source)) {
    apps ??= [];
    token.lastIndex = listStart.lastIndex;
    let match = token.exec(source);
    for (; match && match[0] !== "]"; match = token.exec(source)) {
      const content = match[1] ?? match[2];
      if (content !== undefined) apps.push(content);
    }
    // A list without an end has taken the rest of the file.
    if (!match) break;
    listStart.lastIndex = token.lastIndex;
  }
  return apps;
}

/** The `Version:` header of a dist-info/METADATA file. One further down, in the description, is not the header. */
export function metadataVersion(metadata: string): string | undefined {
  for (const line of metadata.split("\n", 200)) {
    if (line.trim() === "") return undefined;
    const match = /^version:[ \t]*(\S{1,128})[ \t]*\r?$/i.exec(line);
    if (match) return match[1];
  }
  return undefined;
}
