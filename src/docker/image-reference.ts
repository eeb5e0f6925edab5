export interface ImageReference {
  /** Registry and owner, as written: "registry.example:5000/team", "openwisp", "". */
  readonly owner: string;
  /** The last part of the path: "openwisp-dashboard". */
  readonly name: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

const NAME = /^[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-f]{32,}$/i;

/**
 * Splits `[registry[:port]/][owner/]name[:tag][@digest]`; undefined for an image id or anything else.
 * Grammar: github.com/distribution/reference.
 */
export function parseImageReference(reference: string): ImageReference | undefined {
  if (reference.length > 512 || /^(sha256:)?[0-9a-f]{64}$/i.test(reference)) return undefined;
  const at = reference.indexOf("@");
  const digest = at < 0 ? undefined : reference.slice(at + 1);
  const path = at < 0 ? reference : reference.slice(0, at);
  const slash = path.lastIndexOf("/");
  const [name = "", tag, ...rest] = path.slice(slash + 1).split(":");
  const wellFormed =
    NAME.test(name) &&
    (tag === undefined || TAG.test(tag)) &&
    (digest === undefined || DIGEST.test(digest)) &&
    rest.length === 0;
  if (!wellFormed) return undefined;
  return { owner: slash < 0 ? "" : path.slice(0, slash), name, tag, digest };
}
