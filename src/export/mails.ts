import type { ExportedInteraction } from '../ledger/ledger.ts';
import { callBody, messageBody } from '../mapping/render-body.ts';
import { speakerOf } from './bubble.ts';
import { quotedIn } from './chat-pages.ts';
import { filesOf } from './files.ts';
import { firmBox, mailSource, otherBox, type Mail } from './mail.ts';
import { interactionPages, type ExportRun } from './run.ts';

/** `eml/`: each message or call as an e-mail, answers under what they answer. */
export async function writeMails(run: ExportRun): Promise<void> {
  for await (const page of interactionPages(run)) {
    const quoted = await quotedIn(run, page);
    for (const item of page) {
      const { key, occurredAt } = item.interaction;
      const path = `eml/${item.conversation}/${occurredAt.slice(0, 10)}-${key.slice(0, 16)}.eml`;
      await run.output.add(path, await mailSource(run, mailOf(run, item, quoted)));
    }
  }
}

function mailOf(
  run: ExportRun,
  item: ExportedInteraction,
  quoted: Awaited<ReturnType<typeof quotedIn>>,
): Mail {
  const { interaction, conversation } = item;
  const { key, occurredAt, direction, businessNumber, group, kind } = interaction;
  const owner = run.deps.ownerOn(businessNumber, occurredAt.slice(0, 10));
  const name = speakerOf({ ...item, interaction: { ...interaction, direction: 'inbound' } }, { owner });
  const [person, firm] = [otherBox(interaction, name), firmBox(interaction, owner)];
  const reply = kind === 'message' ? interaction.content?.replyTo?.key : undefined;
  const side = direction === 'inbound' ? 'from' : 'to';
  return {
    from: direction === 'inbound' ? person : firm,
    to: [direction === 'inbound' ? firm : person],
    subject: `WhatsApp ${kind} ${side} ${name}`,
    date: occurredAt,
    id: key,
    inReplyTo: reply !== undefined && quoted.has(reply) ? reply : undefined,
    text: textOf(run, item, name, reply === undefined ? undefined : quoted.get(reply)),
    headers: {
      'X-WhatsApp-Key': key,
      'X-WhatsApp-Conversation': conversation,
      'X-WhatsApp-Direction': direction,
      ...(group !== undefined && { 'X-WhatsApp-Group': group.subject ?? group.id }),
    },
    files: filesOf(interaction),
  };
}

/** What a mail says of a message or call, in the words of the pages. */
export function textOf(
  { deps }: ExportRun,
  { interaction, purge }: ExportedInteraction,
  name: string,
  quoted: ExportedInteraction['interaction'] | undefined,
): string {
  if (purge !== undefined) return `[Content destroyed by the rule "${purge.rule}" on ${purge.at}]`;
  if (interaction.kind === 'call') return callBody(interaction);
  const timeZone = deps.zoneOf(interaction.source, interaction.businessNumber);
  return messageBody(interaction, { name, timeZone, ...(quoted && { quoted }) });
}
