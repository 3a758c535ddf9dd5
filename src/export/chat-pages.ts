import type { Interaction } from '../core/interaction.ts';
import { readablePhone } from '../core/text.ts';
import type { ExportedInteraction } from '../ledger/ledger.ts';
import { dayIn, readableTime } from '../mapping/readable-time.ts';
import { bubble } from './bubble.ts';
import type { Chats, ChatSummary } from './chats.ts';
import { markup, page, type Html } from './html.ts';
import { asOfEnd, interactionsOf, type ExportRun } from './run.ts';

/** Messages on one page: it opens at once, and prints. */
const perPage = 500;

/** Address of a chat's page within the export. */
export function chatPage(id: string, number = 1): string {
  return `conversations/${id}/${String(number).padStart(3, '0')}.html`;
}

/** A page for each chat; long ones have several. */
export async function writeChatPages(run: ExportRun, chats: Chats): Promise<void> {
  let shown: ExportedInteraction[] = [];
  let number = 1;
  const flush = async () => {
    const [first] = shown;
    const chat = first && chats.byId.get(first.conversation);
    if (chat === undefined) return;
    await run.output.add(chatPage(chat.id, number), [await onePage(run, chat, shown, number)]);
    shown = [];
  };
  for await (const item of interactionsOf(run)) {
    const isNext = shown.length > 0 && shown[0]?.conversation !== item.conversation;
    if (isNext || shown.length === perPage) {
      await flush();
      number = isNext ? 1 : number + 1;
    }
    shown.push(item);
  }
  await flush();
}

async function onePage(
  run: ExportRun,
  chat: ChatSummary,
  items: readonly ExportedInteraction[],
  number: number,
): Promise<string> {
  const zone = run.deps.zoneOf(chat.source, chat.businessNumber);
  const quoted = await quotedIn(run, items);
  const near = new Set(items.map(({ interaction }) => interaction.key));
  let day = '';
  const rows = items.flatMap((item) => {
    const { occurredAt, businessNumber } = item.interaction;
    const today = dayIn(occurredAt, zone);
    const head = today === day ? [] : [markup`<h2 class="day">${today}</h2>`];
    day = today;
    const answered = replyOf(item.interaction);
    const context = {
      zone,
      root: '../../',
      owner: run.deps.ownerOn(businessNumber, occurredAt.slice(0, 10)),
      quoted: answered === undefined ? undefined : quoted.get(answered),
      isNear: answered !== undefined && near.has(answered),
    };
    return [...head, bubble(item, context)];
  });
  const pages = Math.ceil(chat.count / perPage);
  const ways = navigation(chat.id, number, pages);
  return page(
    `${chat.name}: WhatsApp chat with ${chat.businessNumber}`,
    '../../',
    markup`<header class="top">
        <a href="../../index.html">All of this export</a>
        <h1><bdi>${chat.name}</bdi></h1>
        <p>
          with ${readablePhone(chat.businessNumber)}, ${chat.count} messages and calls,
          ${readableTime(chat.firstAt, zone)} to ${readableTime(chat.lastAt, zone)}
        </p>
        <p>Times are those of ${zone}${zone !== 'UTC' && ', then UTC'}.</p>
      </header>
      ${ways}
      <main>${rows}</main>
      ${ways}`,
  );
}

function navigation(id: string, number: number, pages: number): Html | false {
  if (pages < 2) return false;
  const link = (to: number, text: string) =>
    to >= 1 && to <= pages && markup`<a href="../../${chatPage(id, to)}">${text}</a>`;
  return markup`<div class="pages">
    ${link(number - 1, 'Earlier')}<span>Page ${number} of ${pages}</span>${link(number + 1, 'Later')}
  </div>`;
}

function replyOf(interaction: Interaction): string | undefined {
  return interaction.kind === 'message' ? interaction.content?.replyTo?.key : undefined;
}

/** The messages that these answer, as far as they are part of the export: of others nothing is quoted. */
export async function quotedIn(
  run: ExportRun,
  items: readonly ExportedInteraction[],
): Promise<ReadonlyMap<string, Interaction>> {
  const found = new Map(items.map(({ interaction }) => [interaction.key, interaction]));
  const wanted = items.flatMap(({ interaction }) => replyOf(interaction) ?? []);
  const chosen = run.filter.keys === undefined ? undefined : new Set(run.filter.keys);
  const keys = [...new Set(wanted)].filter((key) => !found.has(key) && (chosen?.has(key) ?? true));
  if (keys.length === 0) return found;
  const filter = { ...run.filter, keys };
  const { items: further } = await run.deps.ledger.exportedInteractions(filter, {
    end: run.end,
    limit: keys.length,
  });
  for (const one of further) found.set(one.interaction.key, (await asOfEnd(run, one)).interaction);
  return found;
}
