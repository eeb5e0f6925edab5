const WIDTH = 80;

/** Gives a text a colour where the terminal has colours; elsewhere the text as it is. */
export type Paint = (colour: Colour, text: string) => string;
export type Colour = "green" | "yellow" | "red" | "gray" | "bold";

export const PLAIN: Paint = (_, text) => text;

/** Two columns that fit 80 characters, the right one wrapped at spaces; each of `text`'s lines begins a new line. */
export function row(title: string, text: string | readonly string[], titleWidth: number): string {
  return [text]
    .flat()
    .flatMap((line) => wrap(line, WIDTH - titleWidth))
    .map((line, i) => `${`${i ? "" : title} `.padEnd(titleWidth)}${line}`.trimEnd())
    .join("\n");
}

export function inWidth(text: string): string[] {
  return wrap(text, WIDTH);
}

/** A word that is longer than the width stays whole: it may be something to copy. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  // A time and its zone stay together.
  for (const word of text.split(/ (?![+-]\d\d:\d\d)/)) {
    if (line && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line ? `${line} ${word}` : word;
  }
  return [...lines, line];
}
