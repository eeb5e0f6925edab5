/** Colours, type, and what every page has. */
export const FRAME = `
:root {
  color-scheme: light dark;
  --page: #f4f5f7; --card: #fff; --sunk: #f4f5f7; --line: #d8dde3; --line-strong: #838d98;
  --text: #1c2228; --soft: #55606b; --link: #0a57a5; --on-link: #fff;
  --good: #17754a; --good-bg: #eaf6f0; --warn: #8a5800; --warn-bg: #fdf4e3;
  --bad: #b3261e; --bad-bg: #fdeeec; --quiet: #4a5866; --quiet-bg: #eef1f4; --mark: #6a3fb5;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12161a; --card: #1a1f25; --sunk: #12161a; --line: #323a43; --line-strong: #7c8894;
    --text: #e5e9ed; --soft: #a3aeb9; --link: #82b9f4; --on-link: #0d1b2a;
    --good: #55c690; --good-bg: #16291f; --warn: #e3b452; --warn-bg: #2c2414;
    --bad: #ff9488; --bad-bg: #331b19; --quiet: #a9b6c3; --quiet-bg: #21282f; --mark: #bf9ff5;
  }
}
*, ::before, ::after { box-sizing: border-box; }
html { scroll-padding-top: 1rem; -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; background: var(--page); color: var(--text); overflow-wrap: anywhere;
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif;
}
h1, h2, h3, p, ul, ol, dl, dd, figure, pre { margin: 0; }
h1, h2, h3 { line-height: 1.25; text-wrap: balance; }
h1 { font-size: clamp(1.25rem, 6vw, 1.625rem); letter-spacing: -.01em; }
h2 { font-size: 1.25rem; }
h3 { font-size: 1rem; }
a { color: var(--link); text-underline-offset: .15em; }
code, pre { font: .875em/1.6 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; }
code { background: var(--sunk); border-radius: .25rem; padding: .1em .3em; }
small { color: var(--soft); font-size: .875rem; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: .25rem; }
main:focus { outline: none; }
time, .whole { white-space: nowrap; }
[hidden] { display: none !important; }
.vh { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
p { text-wrap: pretty; }
.skip { position: absolute; left: .5rem; top: -5rem; background: var(--card); padding: .75rem 1rem; z-index: 1; }
.skip:focus { top: .5rem; }
header { background: var(--card); border-bottom: 1px solid var(--line); border-top: 4px solid #df5d43; }
.bar, main, footer { max-width: 68rem; margin: 0 auto; padding: 1rem; }
.bar { display: grid; grid-template-columns: 1fr auto; align-items: center; gap: .5rem 1rem; padding-bottom: .375rem; }
.brand { color: var(--soft); font-size: .875rem; }
nav { grid-column: 1 / -1; }
nav ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: 0 1.25rem; }
nav a { display: inline-block; padding: .5rem 0; text-decoration: none; font-size: .9375rem; }
nav a:hover { text-decoration: underline; }
main { display: grid; gap: 1rem; grid-template-columns: minmax(0, 1fr); }
section, .alone { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1.25rem 1rem; }
section, .notice > div, .alone { display: grid; gap: .75rem; grid-template-columns: minmax(0, 1fr); justify-items: start; }
section > *, .alone > *, .notice > div > * { max-width: 100%; }
.alone { max-width: 40rem; margin: 8vh auto; width: calc(100% - 2rem); }
footer { color: var(--soft); font-size: .875rem; padding-bottom: 2.5rem; }
p, li, dd { max-width: 44rem; }
.fine { color: var(--soft); font-size: .875rem; }
button, .button {
  font: inherit; font-size: .9375rem; line-height: 1.2; color: var(--link); background: var(--card); cursor: pointer;
  display: inline-block; text-decoration: none; min-height: 2.75rem; padding: .75rem 1rem;
  border: 1px solid var(--line-strong); border-radius: .5rem;
}
button:hover, .button:hover { border-color: var(--link); background: var(--sunk); }
button.main { background: var(--link); border-color: var(--link); color: var(--on-link); font-weight: 600; padding-inline: 1.75rem; }
button.main:hover { filter: brightness(1.1); }
.i { width: 1em; height: 1em; flex: none; vertical-align: -.1em; overflow: visible; }
@media (min-width: 48rem) {
  .bar, main, footer { padding-inline: 1.5rem; }
  main { padding-block: 1.5rem; gap: 1.25rem; }
  section, .alone { padding: 1.5rem; }
}
@media print {
  body, section, header, .notice { background: none !important; }
  nav, form, button, .button, .skip, .pager { display: none !important; }
  section { border: 0; padding: 0; }
  tr, figure li, .notice { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  pre { max-height: none !important; overflow: visible !important; }
  details::details-content { content-visibility: visible; block-size: auto; }
}
`;
