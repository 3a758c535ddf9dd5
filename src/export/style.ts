/** `style.css` of an export: reads like a chat on a screen, and prints on paper without colours. */
export const style = `:root {
  --ink: #111b21;
  --quiet: #4a5760;
  --line: #d8d3ca;
  --paper: #f5f2ec;
  --in: #ffffff;
  --out: #d9fdd3;
  --accent: #0b5f4a;
}
* { box-sizing: border-box; }
body {
  margin: 0;
  color: var(--ink);
  background: var(--paper);
  font: 16px/1.45 system-ui, -apple-system, 'Segoe UI', 'Noto Sans', sans-serif;
}
a { color: var(--accent); }
a:focus-visible, summary:focus-visible { outline: 3px solid #1864ab; outline-offset: 2px; }
.top { background: var(--accent); color: #fff; padding: 20px 24px; }
.top a { color: #fff; }
.top h1 { margin: 4px 0; font-size: 26px; line-height: 1.2; overflow-wrap: anywhere; }
.top p { margin: 2px 0; }
main, .pages { max-width: 960px; margin: 0 auto; padding: 16px 24px; }
.pages { display: flex; gap: 16px; align-items: baseline; }
.day {
  width: fit-content;
  margin: 22px auto 10px;
  padding: 3px 14px;
  border: 1px solid var(--line);
  border-radius: 99px;
  background: #fff;
  color: var(--quiet);
  font-size: 14px;
  font-weight: 600;
}
.msg {
  width: fit-content;
  min-width: 220px;
  max-width: min(640px, 88%);
  margin: 8px 0;
  padding: 8px 12px 6px;
  border: 1px solid var(--line);
  border-radius: 4px 14px 14px 14px;
  background: var(--in);
  overflow-wrap: anywhere;
}
.msg.out { margin-left: auto; border-radius: 14px 4px 14px 14px; background: var(--out); border-color: #b4dfae; }
.msg.call { border-style: dashed; }
.msg:target { outline: 3px solid var(--accent); }
.who { margin: 0; font-size: 14px; font-weight: 600; color: var(--accent); }
.said { margin: 2px 0; white-space: pre-wrap; }
.note { margin: 2px 0; color: var(--quiet); font-size: 14px; }
.quote { margin: 4px 0; padding: 4px 10px; border-left: 4px solid var(--accent); background: rgb(0 0 0 / 5%); }
.gone { padding: 4px 10px; border-left: 4px solid #a61e1e; }
.gone .said { text-decoration: line-through; text-decoration-color: #a61e1e; }
.destroyed { margin: 4px 0; padding: 6px 10px; border: 1px solid #6b3f00; border-radius: 6px; background: #fff4e0; color: #5c3500; }
.changes { margin: 6px 0 2px; padding: 0; list-style: none; font-size: 14px; }
.changes li { margin: 3px 0; padding-left: 10px; border-left: 3px solid #8696a0; white-space: pre-wrap; }
.changes .failed { border-color: #a61e1e; color: #8a1616; }
.file { margin: 6px 0; }
.file img, .file video { display: block; max-width: 100%; max-height: 360px; border-radius: 8px; }
.file audio { display: block; width: 320px; max-width: 100%; }
.meta { margin-top: 4px; color: var(--quiet); font-size: 12.5px; font-variant-numeric: tabular-nums; }
.meta span, .meta time { margin-right: 8px; }
details { margin-top: 2px; color: var(--quiet); font-size: 12.5px; }
summary { cursor: pointer; width: fit-content; }
code { font: 0.92em/1.4 ui-monospace, 'DejaVu Sans Mono', monospace; overflow-wrap: anywhere; }
pre { padding: 12px 14px; border-radius: 8px; background: #102a23; color: #e6f4ef; white-space: pre-wrap; overflow-wrap: anywhere; }
pre code { color: inherit; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(140px, 1fr)); gap: 12px; margin: 0 0 8px; padding: 0; }
.card { display: flex; flex-direction: column; justify-content: space-between; padding: 12px 16px; border: 1px solid var(--line); border-radius: 12px; background: #fff; }
.card dt { color: var(--quiet); font-size: 14px; }
.card dd { margin: 0; font-size: 26px; font-weight: 650; font-variant-numeric: tabular-nums; }
.facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 4px 20px; margin: 0; }
.facts dt { color: var(--quiet); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
h2 { margin: 30px 0 10px; font-size: 20px; }
.wide { overflow-x: auto; border: 1px solid var(--line); border-radius: 12px; background: #fff; }
table { width: 100%; border-collapse: collapse; font-size: 15px; }
th, td { padding: 7px 12px; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
tr:last-child > * { border-bottom: 0; }
thead th { color: var(--quiet); font-size: 13.5px; background: #faf8f4; }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.total > * { font-weight: 650; }
.bad { padding: 10px 16px; border: 2px solid #a61e1e; border-radius: 10px; background: #fff0f0; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 600px) {
  main, .pages { padding: 12px; }
  .facts { grid-template-columns: minmax(0, 1fr); gap: 0; }
  .facts dd { margin-bottom: 8px; }
}
@media print {
  body { background: #fff; font-size: 11pt; }
  .top { background: none; color: #000; padding: 0 0 8pt; border-bottom: 1pt solid #000; }
  .top a, .pages, summary { display: none; }
  main { max-width: none; padding: 0; }
  .msg { break-inside: avoid; background: none; border-color: #777; }
  .msg.out { border-width: 1.5pt; }
  .day { break-after: avoid; }
  .file audio, .file video { display: none; }
}
`;
