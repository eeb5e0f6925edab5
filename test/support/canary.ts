import { createHash } from "node:crypto";

/** Secrets that can be told from each other, so that one that leaks names the place it comes from. */
export interface Canaries {
  /** The secret of a place, always the same, in the shape that such secrets have. */
  mark(place: string, shape?: Shape): string;
  /** Takes a value for a secret that somebody else made. */
  note(place: string, value: string): void;
  /** How many there are. */
  size(): number;
  /** Gives the place of each secret that is in there, plain, encoded or as a hash, with what is around it. */
  find(content: string | Buffer): Sighting[];
}

export interface Sighting {
  readonly place: string;
  readonly form: string;
  readonly around: string;
}

/** Makes a secret out of a word that is in no other one. */
export type Shape = (word: string, number: number) => string;

export const word: Shape = (it) => it;
export const host: Shape = (it) => `${it}.example.org`;
export const email: Shape = (it) => `${it}@example.org`;
export const path: Shape = (it) => `/srv/${it}/data`;
export const password: Shape = (it) => `S3cr3t!${it}&<b>"'`;
export const url: Shape = (it) => `http://${it}:${it}@${it}.example.org:3128/${it}?key=${it}`;
export const hex: Shape = (it) => createHash("sha256").update(`id of ${it}`).digest("hex");
export const ip: Shape = (_, number) => `10.${100 + Math.floor(number / 100)}.${100 + (number % 100)}.217`;
/** As in a container's environment. */
export const variable: Shape = (it) => `${it.toUpperCase()}=S3cr3t!${it}&<b>"'`;

/** How much of a secret is enough to know it by. Every form of every secret is at least that long. */
const STEM = 12;

interface Needle {
  readonly place: string;
  readonly form: string;
  readonly text: string;
}

export function createCanaries(): Canaries {
  const marks = new Map<string, string>();
  const needles = new Map<string, Needle[]>();

  function remember(place: string, forms: Iterable<readonly [form: string, text: string]>): void {
    for (const [form, text] of forms) {
      const stem = text.slice(0, STEM).toLowerCase();
      if (stem.length < STEM) throw new Error(`${JSON.stringify(text)} is too short to be found`);
      needles.set(stem, [...(needles.get(stem) ?? []), { place, form, text: text.toLowerCase() }]);
    }
  }

  return {
    mark(place, shape = word) {
      const known = marks.get(place);
      if (known !== undefined) return known;
      const number = marks.size;
      const name = `canary${String(number).padStart(4, "0")}${place
        .toLowerCase()
        .replace(/[^a-z]+/g, "")
        .slice(-12)}`;
      const value = shape(name, number);
      marks.set(place, value);
      // A secret that has the word in it is found by the word, whatever was done to the rest.
      remember(place, formsOf(value.includes(name) ? name : value));
      remember(place, hashesOf(value));
      return value;
    },
    note: (place, value) => {
      if (marks.get(place) === value) return;
      marks.set(place, value);
      remember(place, [...formsOf(value), ...hashesOf(value)]);
    },
    size: () => marks.size,
    find(content) {
      const text = typeof content === "string" ? content : content.toString("latin1");
      const folded = text.toLowerCase();
      const found = new Map<string, Sighting>();
      for (let at = 0; at + STEM <= folded.length; at++)
        for (const { place, form, text: needle } of needles.get(folded.slice(at, at + STEM)) ?? [])
          if (folded.startsWith(needle, at) && !found.has(place))
            found.set(place, { place, form, around: text.slice(Math.max(at - 60, 0), at + 100) });
      return [...found.values()];
    },
  };
}

function* formsOf(value: string): Iterable<readonly [string, string]> {
  const bytes = Buffer.from(value);
  // Of an id its beginning is enough.
  yield ["plain", /^[0-9a-f]{64}$/.test(value) ? value.slice(0, STEM) : value];
  yield ["hex", bytes.toString("hex")];
  // Within a longer text it begins at any of three positions; the characters at the ends depend on its neighbours.
  for (const skipped of [0, 1, 2]) {
    const encoded = Buffer.concat([Buffer.alloc(skipped), bytes]).toString("base64url");
    yield ["base64", encoded.slice(skipped && skipped + 1, -2)];
  }
}

function* hashesOf(value: string): Iterable<readonly [string, string]> {
  for (const algorithm of ["sha256", "sha1", "md5"])
    for (const spelling of new Set([value, value.toLowerCase(), `${value}\n`])) {
      const digest = createHash(algorithm).update(spelling).digest();
      // Whoever shortens a hash leaves at least so much of it.
      yield [algorithm, digest.toString("hex").slice(0, STEM)];
      yield [`${algorithm} in base64`, digest.toString("base64").slice(0, STEM)];
    }
}
