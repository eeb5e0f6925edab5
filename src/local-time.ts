/** "2026-11-23 21:17:37 +01:00" */
export function localTime(instant: Date): string {
  const offset = -instant.getTimezoneOffset();
  const sign = offset < 0 ? "-" : "+";
  const two = (n: number) => String(Math.floor(Math.abs(n))).padStart(2, "0");
  const local = new Date(instant.getTime() + offset * 60_000).toISOString();
  return `${local.slice(0, 10)} ${local.slice(11, 19)} ${sign}${two(offset / 60)}:${two(offset % 60)}`;
}
