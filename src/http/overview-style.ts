/** The overview's style sheet. Its hash stands in the page's Content-Security-Policy. */
export const overviewStyle = `
:root {
  --ground: #fbfaf8; --card: #fff; --ink: #1d2327; --quiet: #5d666d; --line: #e0ddd7;
  --good: #1a6b45; --good-ground: #e2f2e9; --wait: #7a5200; --wait-ground: #fbefd5; --bad: #a3271f; --bad-ground: #fbe4e1;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #15191b; --card: #1d2326; --ink: #e8e6e1; --quiet: #a0a8ac; --line: #333b3f;
    --good: #7fd3a6; --good-ground: #173227; --wait: #f0c674; --wait-ground: #35290f; --bad: #ff9d92; --bad-ground: #3d1b18;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 76rem; padding: 1.5rem clamp(1rem, 4vw, 3rem) 3rem;
  background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif;
}
h1 { font-size: 1.25rem; margin: 0; }
h2 { font-size: 1.1rem; margin: 2.5rem 0 .5rem; }
h3 { font-size: 1rem; margin: 0; }
p { margin: .35rem 0; }
.quiet { color: var(--quiet); font-size: .875rem; font-weight: 400; }
.headline { font-size: clamp(1.4rem, 4vw, 2rem); font-weight: 600; line-height: 1.25; margin: 1.75rem 0 0; }
.good { color: var(--good); } .wait { color: var(--wait); } .bad { color: var(--bad); }
.cards { list-style: none; margin: 0; padding: 0; display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1rem 1.15rem; }
.alerts { background: var(--bad-ground); border: 1px solid var(--bad); border-radius: .6rem; margin-top: 1.5rem; padding: .25rem 1.15rem .75rem; }
.alerts h2 { color: var(--bad); margin: .75rem 0 .25rem; } .alerts ul { margin: 0; padding-left: 1.2rem; }
.mark { border-radius: 1rem; display: inline-block; font-size: .875rem; padding: 0 .7rem; }
.mark.good { background: var(--good-ground); } .mark.wait { background: var(--wait-ground); } .mark.bad { background: var(--bad-ground); }
.wide { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; margin: .75rem 0; overflow-x: auto; }
table { border-collapse: collapse; font-size: .925rem; min-width: max(100%, 48rem); }
th, td { padding: .5rem .85rem; text-align: left; vertical-align: top; }
thead th { color: var(--quiet); font-size: .8rem; font-weight: 500; white-space: nowrap; }
tbody tr { border-top: 1px solid var(--line); }
tfoot tr { border-top: 2px solid var(--line); font-weight: 600; }
td:first-child { white-space: nowrap; }
.count { font-variant-numeric: tabular-nums; text-align: right; }
.count.wait, .count.bad { font-weight: 600; }
.zero { color: var(--quiet); }
footer { margin-top: 2.5rem; }
`;
