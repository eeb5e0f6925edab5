/** What was tried, how often, and what went wrong: one line of the summary. */
export interface Row {
  readonly part: string;
  readonly what: string;
  readonly times: number;
  /** What else is worth knowing, in a few words. */
  readonly seen?: string;
  /** A sentence for each thing that must not happen. */
  readonly wrong: readonly string[];
}

/** The rows as a table in Markdown, with the sentences of what went wrong below it. */
export function drawTable(rows: readonly Row[]): string {
  const cells = [
    ["part", "what was tried", "times", "seen", "went wrong"],
    ["---", "---", "---:", "---", "---:"],
    ...rows.map((it) => [it.part, it.what, count(it.times), it.seen ?? "", count(it.wrong.length)]),
  ];
  const lines = cells.map((row) => `| ${row.join(" | ")} |`);
  const wrong = rows.flatMap(({ part, what, wrong }) => wrong.map((it) => `- ${part}, ${what}: ${it}`));
  return [...lines, ...(wrong.length > 0 ? ["", ...wrong] : [])].join("\n");
}

export function count(number: number): string {
  return number.toLocaleString("en-US");
}
