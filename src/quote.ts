/** A value of the environment, for a message. */
export function quote(value: string | undefined): string {
  return JSON.stringify((value ?? "").slice(0, 80));
}
