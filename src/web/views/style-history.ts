/** The timeline and the journal. */
export const HISTORY = `
figure { display: grid; gap: .75rem; width: 100%; }
figcaption { color: var(--soft); max-width: 44rem; }
.legend, .months, .marks { list-style: none; padding: 0; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; font-size: .875rem; }
.months { display: grid; gap: .75rem; font-size: .875rem; }
.months > li { display: grid; grid-template-columns: minmax(0, 1fr); gap: .125rem 1rem; align-items: end; max-width: none; }
.months svg:not(.i) { width: 100%; display: block; }
.month { color: var(--soft); font-variant-numeric: tabular-nums; }
.axis text { font-size: 9px; fill: var(--soft); text-anchor: middle; }
.delivered { fill: var(--good); stroke: var(--good); stroke-width: 1; stroke-linejoin: round; }
.waiting { fill: none; stroke: var(--link); stroke-width: 1.6; stroke-linejoin: round; stroke-linecap: round; }
.failed { fill: none; stroke: var(--bad); stroke-width: 2.2; stroke-linecap: round; }
.dropped { fill: none; stroke: var(--warn); stroke-width: 1.8; stroke-linecap: round; }
.none { fill: none; stroke: var(--line-strong); stroke-width: 3.2; stroke-linecap: round; }
.off { fill: none; stroke: var(--line-strong); stroke-width: 1.6; stroke-linecap: round; }
.install, .upgrade { fill: var(--mark); stroke: var(--mark); stroke-width: .8; stroke-linejoin: round; }
.withdrawn { fill: none; stroke: var(--mark); stroke-width: 1.6; stroke-linecap: round; }
.journal { font-size: .875rem; }
.journal th { white-space: nowrap; font-weight: 400; }
.journal b { font-weight: 600; overflow-wrap: normal; }
.journal small { font-size: .8125rem; font-weight: 400; }
.journal summary { white-space: nowrap; }
.journal .next { display: block; }
#journal { margin-top: 1rem; }
.journal td:last-child { padding-right: 0; white-space: nowrap; }
.pager { display: flex; gap: .75rem; }
@media (forced-colors: active) {
  figure path, .i { stroke: CanvasText; }
  .delivered, .install, .upgrade { fill: CanvasText; }
}
@media (min-width: 40rem) {
  .months { gap: .375rem; }
  .months > li { grid-template-columns: 4.75rem minmax(0, 31rem); }
  .months svg:not(.i), .marks { grid-column: 2; }
}
@media (min-width: 64rem) {
  .months > li { grid-template-columns: 4.75rem minmax(0, 31rem) minmax(0, 1fr); }
  .marks { grid-column: 3; }
}
@media (max-width: 59.99rem) {
  .journal thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .journal, .journal tbody, .journal caption { display: block; }
  .journal tr { display: grid; gap: 0 1rem; grid-template-columns: minmax(0, 1fr) auto; border-top: 1px solid var(--line); padding: .5rem 0; }
  .journal th, .journal td { border: 0; padding: .125rem 0; }
  .journal th { grid-row: 2; color: var(--soft); }
  .journal td:nth-child(2) { grid-row: 1; }
  .journal td:nth-child(3), .journal td:nth-child(4) { grid-column: 1 / -1; }
  .journal td:nth-child(5) { grid-column: -2; grid-row: 1; }
}
@media (min-width: 40rem) and (max-width: 59.99rem) {
  .journal tr { grid-template-columns: 15rem minmax(0, 1fr) auto; }
  .journal td:nth-child(3) { grid-area: 1 / 2; }
  .journal td:nth-child(4) { grid-area: 2 / 2; }
}
`;
