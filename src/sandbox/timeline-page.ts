import type { TimelineContact, TimelineEntry, TimelineFile, TimelineView } from './timeline.ts';

const accents = { Salesforce: '#0b5cab', HubSpot: '#c8401f' } as const;

const style = (accent: string) => `
:root { color-scheme: light dark; --accent: ${accent}; --page: #f4f6f8; --card: #fff; --ink: #1b2733; --soft: #5a6876; --line: #dde3e9; --in: #eef3f8; --out: #e3f4e6; }
@media (prefers-color-scheme: dark) { :root { --page: #14191f; --card: #1d242c; --ink: #e6ebf0; --soft: #9aa8b6; --line: #313b46; --in: #25303b; --out: #20382a; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', sans-serif; }
header { background: var(--accent); color: #fff; padding: 14px 24px; display: flex; gap: 12px; align-items: baseline; flex-wrap: wrap; }
header strong { font-size: 17px; } header span { opacity: .9; font-size: 13px; } header a { color: #fff; }
main { max-width: 820px; margin: 24px auto; padding: 0 16px; }
h1 { font-size: 22px; margin: 0 0 4px; } .sub { color: var(--soft); margin: 0 0 20px; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
table { width: 100%; border-collapse: collapse; } th, td { text-align: left; padding: 11px 16px; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; font-size: 13px; } tr:last-child td { border-bottom: 0; } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
a { color: var(--accent); } @media (prefers-color-scheme: dark) { main a { color: #7fb6f2; } }
.day { color: var(--soft); font-size: 13px; font-weight: 600; margin: 22px 0 8px; }
article { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 14px 16px; margin: 0 0 12px; }
article .top { display: flex; gap: 10px; align-items: baseline; } article .top b { flex: 1; } time { color: var(--soft); font-size: 13px; white-space: nowrap; }
.kind { font-size: 12px; font-weight: 600; border-radius: 99px; padding: 1px 9px; background: var(--in); color: var(--soft); } .kind.message { background: var(--out); color: inherit; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; margin: 8px 0 0; }
figure { margin: 10px 0 0; } figure img { display: block; max-width: min(320px, 100%); max-height: 320px; border-radius: 8px; border: 1px solid var(--line); }
figure audio, figure video { display: block; width: min(420px, 100%); } figcaption { font-size: 13px; color: var(--soft); margin-top: 4px; overflow-wrap: anywhere; }
dl { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 10px 0 0; font-size: 13px; color: var(--soft); } dl div { display: flex; gap: 6px; } dd { margin: 0; overflow-wrap: anywhere; } dt::after { content: ':'; }
.empty { padding: 28px; text-align: center; color: var(--soft); }`;

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

function page(view: TimelineView, title: string, content: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title><style>${style(accents[view.product])}</style></head><body>
<header><strong>${view.product} sandbox</strong><span>a look-alike on this machine: no real account is behind it</span></header>
<main>${content}</main></body></html>`;
}

/** All contacts with the number of their records. */
export function contactsPage(view: TimelineView): string {
  const rows = view.contacts().map(
    (
      one,
    ) => `<tr><td><a href="timeline/${encodeURIComponent(one.id)}">${escape(one.name)}</a></td><td>${escape(one.type)}</td>
<td>${escape(one.phone ?? '')}</td><td class="n">${one.entries}</td></tr>`,
  );
  const table = `<table><thead><tr><th>Name</th><th>Type</th><th>Phone</th><th class="n">Records</th></tr></thead><tbody>${rows.join('')}</tbody></table>`;
  const content = rows.length === 0 ? '<p class="empty">No contacts yet.</p>' : table;
  return page(
    view,
    `${view.product} contacts`,
    `<h1>Contacts</h1><p class="sub">What a sales rep would find.</p><div class="card">${content}</div>`,
  );
}

/** One contact's timeline, newest first, under headings of days (UTC). */
export function contactPage(view: TimelineView, contact: TimelineContact): string {
  const entries = [...view.timeline(contact.id)].sort((a, b) => b.at.localeCompare(a.at));
  let day = '';
  const items = entries.map((entry) => {
    const heading = entry.at.slice(0, 10) === day ? '' : `<h2 class="day">${escape(dayName(entry.at))}</h2>`;
    day = entry.at.slice(0, 10);
    return heading + entryHtml(entry);
  });
  const content =
    items.length === 0
      ? '<div class="card"><p class="empty">Nothing is logged on this contact.</p></div>'
      : items.join('');
  return page(
    view,
    contact.name,
    `<p><a href="../timeline">All contacts</a></p><h1>${escape(contact.name)}</h1><p class="sub">${escape([contact.type, contact.phone].filter(Boolean).join(' · '))}</p>${content}`,
  );
}

function entryHtml(entry: TimelineEntry): string {
  const label = { message: 'WhatsApp', call: 'Call', other: 'Activity' }[entry.kind];
  const details = entry.details
    .map(([name, value]) => `<div><dt>${escape(name)}</dt><dd>${escape(value)}</dd></div>`)
    .join('');
  return `<article><div class="top"><span class="kind ${entry.kind}">${label}</span><b>${escape(entry.title)}</b>
<time datetime="${escape(entry.at)}">${escape(entry.at.slice(11, 16))} UTC</time></div>
<p class="text">${escape(entry.body)}</p>${entry.files.map(fileHtml).join('')}${details === '' ? '' : `<dl>${details}</dl>`}</article>`;
}

/** A picture, a player, or a link; always with name, type and size. */
function fileHtml({ id, name, type, size }: TimelineFile): string {
  const address = `files/${encodeURIComponent(id)}`;
  const isPicture = /^image\/(jpeg|png|gif|webp)/.test(type);
  const picture = isPicture ? `<a href="${address}"><img src="${address}" alt="${escape(name)}"></a>` : '';
  const tag = /^(audio|video)\//.exec(type)?.[1];
  const player =
    tag === undefined
      ? ''
      : `<${tag} controls preload="none" src="${address}" title="${escape(name)}"></${tag}>`;
  return `<figure>${picture}${player}<figcaption><a href="${address}">${escape(name)}</a> ${escape(type)}, ${sizeText(size)}</figcaption></figure>`;
}

function sizeText(bytes: number): string {
  if (bytes < 1_024) return `${bytes} bytes`;
  return bytes < 1_048_576 ? `${(bytes / 1_024).toFixed(0)} KB` : `${(bytes / 1_048_576).toFixed(1)} MB`;
}

function dayName(at: string): string {
  return new Date(at).toLocaleDateString('en-GB', {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  });
}
