/** What a page needs besides its model: where its links lead, and what belongs to this visit. */
export interface PageLinks {
  /** "" or "/metrics", without a slash at the end. */
  readonly basePath: string;
  readonly csrf: string;
  /** By which the server finds the body that is shown as the preview. */
  readonly previewSha256: string | undefined;
  /** Show the reports that are older than the one with this id. */
  readonly before: number | undefined;
  /** What an action has just done, shown once. */
  readonly said: string | undefined;
}
