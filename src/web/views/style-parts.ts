/** Notices, lists of values, forms, and bodies. */
export const PARTS = `
.said { background: var(--quiet-bg); border: 1px solid var(--link); border-radius: .75rem; padding: .75rem 1rem; max-width: none; white-space: pre-line; }
.notice { display: flex; gap: .875rem; padding: 1.125rem 1rem; border: 1px solid; border-radius: .75rem; }
.notice > .i { width: 1.5rem; height: 1.5rem; fill: none; stroke: currentColor; stroke-width: .9; stroke-linecap: round; stroke-linejoin: round; }
.notice > div { flex: 1; min-width: 0; gap: .375rem; color: var(--text); }
.notice h2 { font-size: 1.0625rem; }
.good { color: var(--good); background: var(--good-bg); }
.warn { color: var(--warn); background: var(--warn-bg); }
.bad { color: var(--bad); background: var(--bad-bg); }
.quiet { color: var(--quiet); background: var(--quiet-bg); }
.notice code { background: none; padding: 0; font-weight: 600; }
pre { background: var(--sunk); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem; white-space: pre-wrap; width: 100%; }
.notice pre { background: var(--card); }
.copy { width: 100%; display: flex; flex-wrap: wrap; gap: .5rem .75rem; align-items: center; }
.body { max-height: 32rem; overflow: auto; font-size: .75rem; overflow-wrap: anywhere; }
.body span { display: inline-block; width: 100%; padding-left: 2ch; text-indent: -2ch; }
.actions { display: flex; flex-wrap: wrap; gap: .5rem .75rem; align-items: center; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: start; color: var(--soft); font-size: .875rem; padding-bottom: .375rem; }
th, td { text-align: start; vertical-align: top; padding: .5rem .75rem .5rem 0; border-top: 1px solid var(--line); }
th { font-weight: 500; }
thead th { border-top: 0; color: var(--soft); font-size: .875rem; }
th[scope=rowgroup] { padding-top: 1.5rem; border-top: 0; font-weight: 650; }
tbody:first-of-type th[scope=rowgroup] { padding-top: .75rem; }
.big { font-size: 1.375rem; line-height: 1.2; font-weight: 650; }
.mark { font-size: .8125rem; line-height: 1; white-space: nowrap; border: 1px dashed var(--line-strong); border-radius: 1rem; padding: .0625rem .5rem; color: var(--soft); }
details { font-size: .875rem; }
summary { color: var(--soft); cursor: pointer; padding: .125rem 0; }
summary:hover { color: var(--link); }
details ul, details ol { padding: .25rem 0 .25rem 1.1rem; }
details code { background: none; padding: 0; }
section > ul { padding-left: 1.25rem; }
.consent { background: var(--sunk); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; display: grid; gap: .75rem; justify-items: start; width: 100%; }
.choice { max-width: none; display: flex; gap: .75rem; align-items: flex-start; font-weight: 600; }
.choice input { flex: none; width: 1.375rem; height: 1.375rem; margin: .1rem 0 0; accent-color: var(--link); }
.mild { border-left: .25rem solid var(--line-strong); padding-left: .75rem; }
dt { font-weight: 600; }
dd { color: var(--soft); }
.why { display: grid; gap: 0 1rem; }
.why dd + dt { margin-top: .625rem; }
.rows { width: 100%; }
.rows div { display: grid; gap: 0 1rem; padding: .5rem 0; border-top: 1px solid var(--line); }
.rows div:first-child { border-top: 0; }
.rows dd { color: var(--text); max-width: none; }
@media (min-width: 40rem) {
  .why { grid-template-columns: 4rem 1fr; row-gap: .625rem; }
  .why dd + dt { margin: 0; }
  .rows div { grid-template-columns: 10rem 1fr; }
  .values { table-layout: fixed; }
  .values td:last-child { padding-right: 0; }
}
@media (min-width: 64rem) { .body { font-size: .7rem; } }
@media (max-width: 39.99rem) {
  .values thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .values, .values tbody { display: block; }
  .values tr { display: grid; gap: 0 .75rem; grid-template-columns: minmax(35%, 1fr) fit-content(65%); border-top: 1px solid var(--line); padding: .5rem 0; }
  .values tbody tr:first-child { border: 0; padding-bottom: 0; }
  .values th, .values td { border: 0; padding: .125rem 0; }
  .values td { text-align: end; }
  .values td:last-child { grid-column: 1 / -1; text-align: start; }
}
`;
