import type { CallInteraction, Interaction, Media, MessageInteraction } from '../core/interaction.ts';
import { cleanText, readablePhone } from '../core/text.ts';
import type { ExportedInteraction } from '../ledger/ledger.ts';
import { readableTime } from '../mapping/readable-time.ts';
import { callBody, fileLine, labelOfFile, messageParts } from '../mapping/render-body.ts';
import { safeFileName } from '../pipeline/file-names.ts';
import { personName } from '../mapping/render-person.ts';
import { filesOf, nameOf, placeOf, typeOf } from './files.ts';
import { markup, type Html } from './html.ts';

/** What a bubble is shown with. */
export interface BubbleContext {
  /** IANA name */
  readonly zone: string;
  /** the way to the export's folder */
  readonly root: string;
  /** who held the firm's number at that time */
  readonly owner: string | undefined;
  /** the message that this one answers, where it is part of the export */
  readonly quoted: Interaction | undefined;
  /** it is on the same page */
  readonly isNear: boolean;
}

/** Names a message within its page. */
export const anchorOf = (key: string): string => `m${key.slice(0, 16)}`;

/** One message or call as a bubble. */
export function bubble(item: ExportedInteraction, context: BubbleContext): Html {
  const { interaction } = item;
  const { direction, kind, key } = interaction;
  const side = direction === 'inbound' ? 'in' : 'out';
  return markup`<article class="msg ${side}${kind === 'call' ? ' call' : ''}" id="${anchorOf(key)}">
    <p class="who">
      <span class="hidden">${direction === 'inbound' ? 'From' : 'By us:'} </span
      ><bdi>${speakerOf(item, context)}</bdi>
    </p>
    ${item.purge && destroyed(item.purge)}
    ${kind === 'call' ? call(interaction) : message(interaction, item, context)}
    ${filesOf(interaction).map((media) => file(media, context.root))} ${meta(item, context)}
  </article>`;
}

/** Who speaks: the person by the CRM's name, in a group by their own; the firm by who held its number. */
export function speakerOf(
  { interaction, activities }: Pick<ExportedInteraction, 'interaction' | 'activities'>,
  { owner }: Pick<BubbleContext, 'owner'>,
): string {
  const { direction, person, businessNumber } = interaction;
  if (direction === 'outbound') {
    const number = readablePhone(businessNumber);
    return owner === undefined ? number : `${owner} (${number})`;
  }
  const contact = activities.find((one) => one.contact?.name !== undefined)?.contact?.name;
  return personName(person, contact);
}

function destroyed({ at, kind, rule, id }: NonNullable<ExportedInteraction['purge']>): Html {
  const why = kind === 'erasure' ? 'request' : 'rule';
  return markup`<p class="destroyed">
    Content destroyed by the ${why} “${rule}” on ${readableTime(at, 'UTC')} (purge ${id}). That it was there,
    and when, stays sealed.
  </p>`;
}

function call(interaction: CallInteraction): Html {
  return markup`<p class="said">${callBody(interaction)}</p>`;
}

function message(interaction: MessageInteraction, item: ExportedInteraction, context: BubbleContext): Html {
  const name = speakerOf({ ...item, interaction: { ...interaction, direction: 'inbound' } }, context);
  const { quoted, zone } = context;
  const parts = messageParts(interaction, { name, timeZone: zone, ...(quoted && { quoted }) });
  const isDestroyed = item.purge !== undefined && interaction.content === undefined;
  return markup`${parts.before.map((line) => before(line, interaction, context))}
  ${!isDestroyed && spoken(interaction, cleanText(parts.spoken))} ${changes(parts)}`;
}

function before(line: string, { content }: MessageInteraction, { isNear }: BubbleContext): Html {
  const key = content?.replyTo?.key;
  const isReply = key !== undefined && line.startsWith('In reply to');
  if (!isReply) return markup`<p class="note" dir="auto">${line}</p>`;
  const text = isNear ? markup`<a href="#${anchorOf(key)}">${line}</a>` : markup`${line}`;
  return markup`<blockquote class="quote note" dir="auto">${text}</blockquote>`;
}

/** What was deleted still shows, and that it was. */
function spoken({ revokedAt }: MessageInteraction, text: string): Html {
  if (revokedAt === undefined) return markup`<p class="said" dir="auto">${text}</p>`;
  const [head = '', ...rest] = text.split('\n');
  const said = rest.length > 0 && markup`<p class="said" dir="auto">${rest.join('\n')}</p>`;
  return markup`<div class="gone">
    <p class="note">${head}</p>
    ${said}
  </div>`;
}

function changes({ edits, reactions, failures }: ReturnType<typeof messageParts>): Html | false {
  const lines = [
    ...[...edits, ...reactions].map((line) => markup`<li dir="auto">${line}</li>`),
    ...failures.map((line) => markup`<li class="failed" dir="auto">${line}</li>`),
  ];
  return (
    lines.length > 0 &&
    markup`<ul class="changes">
      ${lines}
    </ul>`
  );
}

function file(media: Media, root: string): Html | false {
  const path = placeOf(media);
  // Of what could not be had its line in the text says why.
  if (path === undefined) {
    const { result } = media;
    if (result === undefined) return markup`<p class="note">${fileLine(media)} was not fetched yet</p>`;
    return (
      result.state === 'removed' &&
      markup`<p class="note">${fileLine(media)} was destroyed by the rule “${result.rule}”</p>`
    );
  }
  const [url, type] = [`${root}${path}`, typeOf(media)];
  const name = nameOf(media) ?? fileLine(media);
  const saved = nameOf(media) ?? `${labelOfFile(media)}${/\.\w+$/.exec(path)?.[0] ?? ''}`;
  const link = markup`<a href="${url}" download="${safeFileName(saved)}"><bdi>${saved}</bdi></a>`;
  if (/^image\/(png|jpeg|webp|gif)$/.test(type))
    return markup`<div class="file"><img src="${url}" alt="${name}" loading="lazy" />${link}</div>`;
  if (type.startsWith('audio/'))
    return markup`<div class="file">
      <audio controls preload="none" src="${url}" aria-label="${name}"></audio>${link}
    </div>`;
  if (/^video\/(mp4|3gpp)$/.test(type))
    return markup`<div class="file">
      <video controls preload="none" src="${url}" aria-label="${name}"></video>${link}
    </div>`;
  return markup`<div class="file">${link}</div>`;
}

function meta(item: ExportedInteraction, { zone }: BubbleContext): Html {
  const { interaction, activities } = item;
  const { occurredAt, key, providerId, source } = interaction;
  const status = interaction.kind === 'message' ? interaction.status : undefined;
  const via = interaction.kind === 'message' ? viaText(interaction.via) : undefined;
  const own = readableTime(occurredAt, zone, 'second');
  const utc = readableTime(occurredAt, 'UTC', 'second');
  return markup`<p class="meta">
      <time datetime="${occurredAt}">${own}</time
      >${own !== utc && markup`<span>${utc}</span>`}${status && markup`<span>${status.state}, ${readableTime(status.at, zone, 'second')}</span>`}${via !== undefined && markup`<span>${via}</span>`}
    </p>
    <details>
      <summary>Record</summary>
      key <code>${key}</code><br />id at WhatsApp <code>${providerId}</code>, source
      ${source}${activities.map(({ destination, state, recordId }) => markup`<br />${destination}: ${state === 'delivered' ? 'logged' : state}${recordId !== undefined && markup`, record <code>${recordId}</code>`}`)}
    </details>`;
}

function viaText(via: MessageInteraction['via']): string | undefined {
  if (via === 'echo') return 'typed on the phone';
  if (via === 'import') return 'from a chat export';
  return via === 'standby' ? 'by another connected app' : undefined;
}
