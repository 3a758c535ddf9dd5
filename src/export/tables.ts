import type { Interaction } from '../core/interaction.ts';
import type { ActivityView, ExportedInteraction, Receipt } from '../ledger/ledger.ts';
import { readableTime } from '../mapping/readable-time.ts';
import { bodyOf, callBody } from '../mapping/render-body.ts';
import { formatCsv } from '../observe/csv.ts';
import { filesOf, placeOf } from './files.ts';
import { interactionPages, interactionsOf, type ExportRun } from './run.ts';

/** `interactions.jsonl`: one message or call a line, with what became of it. */
export async function writeInteractionLines(run: ExportRun): Promise<void> {
  async function* lines(): AsyncIterable<string> {
    for await (const { isNewer: _isNewer, withoutContent, ...item } of interactionsOf(run)) {
      const { occurredAt, businessNumber } = item.interaction;
      const owner = run.deps.ownerOn(businessNumber, occurredAt.slice(0, 10));
      yield `${JSON.stringify({ ...item, withoutContent, owner })}\n`;
    }
  }
  await run.output.add('interactions.jsonl', lines());
}

const heads = [
  'key',
  'conversation',
  'occurredAt',
  'localTime',
  'source',
  'businessNumber',
  'owner',
  'direction',
  'person',
  'phone',
  'userId',
  'group',
  'kind',
  'text',
  'original',
  'edits',
  'deletedAt',
  'reactions',
  'status',
  'statusAt',
  'replyTo',
  'durationSeconds',
  'files',
  'destroyed',
];

/** `interactions.csv`: the same for a spreadsheet. */
export async function writeInteractionTable(run: ExportRun): Promise<void> {
  async function* lines(): AsyncIterable<string> {
    yield formatCsv(heads, []);
    for await (const item of interactionsOf(run)) yield formatCsv(rowOf(run, item), []);
  }
  await run.output.add('interactions.csv', lines());
}

function rowOf({ deps }: ExportRun, { interaction, conversation, purge }: ExportedInteraction): string[] {
  const { key, source, businessNumber, occurredAt, direction, person, group, kind } = interaction;
  const { name = '', username, phone = '', userId = '' } = person;
  return [
    key,
    conversation,
    occurredAt,
    readableTime(occurredAt, deps.zoneOf(source, businessNumber), 'second'),
    source,
    businessNumber,
    deps.ownerOn(businessNumber, occurredAt.slice(0, 10)) ?? '',
    direction,
    name === '' && username !== undefined ? `@${username}` : name,
    phone,
    userId,
    group?.subject ?? group?.id ?? '',
    kind,
    ...saidIn(interaction),
    filesOf(interaction)
      .flatMap((media) => placeOf(media) ?? [])
      .join(' '),
    purge === undefined ? '' : `${purge.rule} ${purge.at}`,
  ];
}

/** The cells from `text` to `durationSeconds`. */
function saidIn(interaction: Interaction): string[] {
  if (interaction.kind === 'call') {
    const seconds = interaction.durationSeconds;
    return [callBody(interaction), '', '0', '', '', '', '', '', seconds === undefined ? '' : String(seconds)];
  }
  const { content, earlier, revokedAt = '', reactions, status } = interaction;
  const [first] = earlier;
  return [
    content === undefined ? '' : bodyOf(content),
    first === undefined ? '' : bodyOf(first.content),
    String(earlier.length),
    revokedAt,
    reactions.map(({ emoji, direction, by }) => `${emoji} ${by ?? direction}`).join('; '),
    status?.state ?? '',
    status?.at ?? '',
    content?.replyTo?.key ?? '',
    '',
  ];
}

const activityHeads = [
  'key',
  'destination',
  'state',
  'code',
  'reason',
  'contactType',
  'contactId',
  'contactName',
  'match',
  'recordId',
  'recordUrl',
  'revision',
  'deliveredRevision',
  'changedAt',
  'receiptAt',
  'receiptOutcome',
  'receiptCode',
  'receiptRecordId',
  'receiptRevision',
  'mappingVersion',
  'contentHash',
];

/** `activities.csv`: what became of each in the CRM; a line for each receipt, and one where there is none. @returns how many */
export async function writeActivityTable(run: ExportRun): Promise<number> {
  let count = 0;
  async function* lines(): AsyncIterable<string> {
    yield formatCsv(activityHeads, []);
    for await (const page of interactionPages(run)) {
      const keys = page.map(({ interaction }) => interaction.key);
      const receipts = await run.deps.ledger.exportedReceipts(keys, run.end);
      for (const { interaction, activities } of page) {
        count += activities.length;
        for (const activity of activities) {
          const own = receipts
            .get(interaction.key)
            ?.filter((one) => one.destination === activity.destination);
          const cells = activityCells(run, interaction.kind, activity);
          const rows = (own ?? []).map((receipt) => [...cells, ...receiptCells(receipt)]);
          const [first = [...cells, ...receiptHeads.map(() => '')], ...rest] = rows;
          yield formatCsv(first, rest);
        }
      }
    }
  }
  await run.output.add('activities.csv', lines());
  return count;
}

const receiptHeads = activityHeads.slice(activityHeads.indexOf('receiptAt'));

function activityCells({ deps }: ExportRun, kind: Interaction['kind'], activity: ActivityView): string[] {
  const { key, destination, state, code, reason, contact, match, recordId, revision } = activity;
  return [
    key,
    destination,
    state,
    code ?? '',
    reason ?? '',
    contact?.type ?? '',
    contact?.id ?? '',
    contact?.name ?? '',
    match ?? '',
    recordId ?? '',
    (recordId === undefined ? undefined : deps.recordUrl(destination, kind, recordId)) ?? '',
    String(revision),
    activity.deliveredRevision === undefined ? '' : String(activity.deliveredRevision),
    activity.changedAt,
  ];
}

function receiptCells(receipt: Receipt): string[] {
  const { at, outcome, code = '', recordId = '', revision, mappingVersion, contentHash } = receipt;
  return [at, outcome, code, recordId, String(revision), mappingVersion, contentHash];
}
