import { hashKey } from '../core/key.ts';
import type { ExportedInteraction } from '../ledger/ledger.ts';
import { readableTime } from '../mapping/readable-time.ts';
import { speakerOf } from './bubble.ts';
import { quotedIn } from './chat-pages.ts';
import { filesOf, nameOf, placeOf } from './files.ts';
import { markup } from './html.ts';
import { firmBox, mailSource, otherBox, type Mail, type Mailbox } from './mail.ts';
import { textOf } from './mails.ts';
import { interactionsOf, type ExportRun } from './run.ts';

/** Messages in one mail, and bytes of its files: archives refuse what is over 250 MB, and base64 adds a third. */
const mostMessages = 500;
const mostBytes = 180 * 1024 * 1024;

/**
 * `global-relay/`: each chat and UTC day as one e-mail with participants, start, end and events. Names of headers are those
 * that other products' exporters use; the archive itself says which value of the type it knows a firm's traffic by.
 */
export async function writeGlobalRelay(run: ExportRun): Promise<void> {
  let events: ExportedInteraction[] = [];
  let bytes = 0;
  let part = 1;
  const flush = async () => {
    const [first] = events;
    if (first === undefined) return;
    const mail = await mailOf(run, events as [ExportedInteraction, ...ExportedInteraction[]], part);
    const path = `global-relay/${first.conversation}/${dayOf(first)}-${part}.eml`;
    await run.output.add(path, await mailSource(run, mail));
    [events, bytes] = [[], 0];
  };
  for await (const item of interactionsOf(run)) {
    const [first] = events;
    const isNext =
      first !== undefined && (first.conversation !== item.conversation || dayOf(first) !== dayOf(item));
    const size = bytesOf(item);
    if (isNext || events.length === mostMessages || (events.length > 0 && bytes + size > mostBytes)) {
      await flush();
      part = isNext ? 1 : part + 1;
    }
    events.push(item);
    bytes += size;
  }
  await flush();
}

const dayOf = ({ interaction }: ExportedInteraction): string => interaction.occurredAt.slice(0, 10);

function bytesOf({ interaction }: ExportedInteraction): number {
  return filesOf(interaction).reduce(
    (sum, { result }) => sum + (result?.state === 'stored' ? result.size : 0),
    0,
  );
}

interface Line {
  readonly at: string;
  readonly who: Mailbox;
  readonly text: string;
  readonly files: string;
}

async function mailOf(
  run: ExportRun,
  events: readonly [ExportedInteraction, ...ExportedInteraction[]],
  part: number,
): Promise<Mail> {
  const quoted = await quotedIn(run, events);
  const people = new Map<string, Mailbox>();
  const lines = events.map((item): Line => {
    const { interaction } = item;
    const owner = run.deps.ownerOn(interaction.businessNumber, dayOf(item));
    const name = speakerOf({ ...item, interaction: { ...interaction, direction: 'inbound' } }, { owner });
    const [person, firm] = [otherBox(interaction, name), employeeBox(item, owner)];
    const who = interaction.direction === 'inbound' ? person : firm;
    for (const one of [who, person, firm]) if (!people.has(one.address)) people.set(one.address, one);
    const reply = interaction.kind === 'message' ? interaction.content?.replyTo?.key : undefined;
    const text = textOf(run, item, name, reply === undefined ? undefined : quoted.get(reply));
    return { at: interaction.occurredAt, who, text, files: filesText(item) };
  });
  const [first] = events;
  const { businessNumber, group } = first.interaction;
  const [initiator, ...others] = [...people.values()];
  const participants = [...people.values()];
  const times = { start: first.interaction.occurredAt, end: lines.at(-1)?.at ?? '' };
  return {
    from: initiator as Mailbox,
    to: others.length > 0 ? others : [initiator as Mailbox],
    subject: `WhatsApp chat ${group?.subject ?? participants.map(({ name }) => name).join(', ')}, ${dayOf(first)}${part > 1 ? `, part ${part}` : ''}`,
    date: times.end,
    id: hashKey('global-relay', first.conversation, dayOf(first), String(part)),
    text: plainText(times, participants, lines),
    html: htmlBody(times, participants, lines),
    headers: {
      'X-GlobalRelay-MsgType': 'WhatsApp',
      'X-WhatsApp-Conversation': first.conversation,
      'X-WhatsApp-BusinessNumber': businessNumber,
    },
    files: events.flatMap(({ interaction }) => filesOf(interaction)),
  };
}

/** An archive knows employees by their own address. */
function employeeBox({ interaction }: ExportedInteraction, owner: string | undefined): Mailbox {
  return owner === undefined ? firmBox(interaction, owner) : { name: owner, address: owner };
}

function filesText({ interaction }: ExportedInteraction): string {
  return filesOf(interaction)
    .flatMap((media) => (placeOf(media) === undefined ? [] : (nameOf(media) ?? placeOf(media) ?? [])))
    .join(', ');
}

interface Times {
  readonly start: string;
  readonly end: string;
}

const utc = (at: string) => readableTime(at, 'UTC', 'second');

function plainText({ start, end }: Times, people: readonly Mailbox[], lines: readonly Line[]): string {
  const said = lines.map(({ at, who, text, files }) =>
    [`${utc(at)} ${who.name}: ${text}`, files === '' ? '' : `Files: ${files}`].filter(Boolean).join('\n'),
  );
  const names = people.map(({ name, address }) => `- ${name} <${address}>`);
  return [
    `Start: ${utc(start)}\nEnd: ${utc(end)}\nEvents: ${lines.length}`,
    `Participants:\n${names.join('\n')}`,
    ...said,
  ].join('\n\n');
}

function htmlBody({ start, end }: Times, people: readonly Mailbox[], lines: readonly Line[]): string {
  return markup`<html>
    <head>
      <meta charset="utf-8" />
    </head>
    <body>
      <table>
        <tr>
          <th align="left">Start</th>
          <td>${utc(start)}</td>
        </tr>
        <tr>
          <th align="left">End</th>
          <td>${utc(end)}</td>
        </tr>
        <tr>
          <th align="left">Events</th>
          <td>${lines.length}</td>
        </tr>
      </table>
      <h3>Participants</h3>
      <table>
        ${people.map(
          ({ name, address }) =>
            markup`<tr>
              <td>${name}</td>
              <td>${address}</td>
            </tr>`,
        )}
      </table>
      <h3>Events</h3>
      <table>
        ${lines.map(
          ({ at, who, text, files }) =>
            markup`<tr>
              <td valign="top">${utc(at)}</td>
              <td valign="top">${who.name}</td>
              <td style="white-space:pre-wrap">${text}${files !== '' && markup`<br />Files: ${files}`}</td>
            </tr>`,
        )}
      </table>
    </body>
  </html>`.text;
}
