import type { Interaction } from '../core/interaction.ts';
import type { SourceAnswer } from '../ledger/ledger.ts';
import type {
  AuditByCounts,
  AuditByIds,
  AuditContext,
  AuditItem,
  SourceAudit,
} from '../sources/source-audit.ts';
import type { CompletenessDeps } from './completeness.ts';
import { exclusionHash } from './gate.ts';

type Compared = Omit<SourceAnswer, 'askedAt' | 'day' | 'round'>;
type Deps = Pick<CompletenessDeps, 'ledger' | 'rules' | 'record'>;

interface Tally {
  theirs: number;
  excluded: number;
  filled: number;
  readonly missingKeys: string[];
}

/** Ours that the source is asked about one by one, because it did not list them for that day. */
const mostAsked = 200;

/**
 * Compares by id. What the source can give and we do not have goes into the ledger by the same way as its webhooks, through
 * the gate; it is told all the same, because it had not reached us. @throws SourceError
 */
export async function compareIds(
  deps: Deps,
  audit: SourceAudit,
  question: AuditByIds,
  context: AuditContext,
): Promise<Compared[]> {
  const tallies = new Map<string, Tally>(
    context.businessNumbers.map((number) => [number, { theirs: 0, excluded: 0, filled: 0, missingKeys: [] }]),
  );
  const seen = new Set<string>();
  for await (const page of question.pages(context)) {
    const fresh = page.filter(
      ({ keys, businessNumber }) => tallies.has(businessNumber) && !seen.has(keys[0] ?? ''),
    );
    for (const { keys } of page) for (const key of keys) seen.add(key);
    await tallyPage(deps, audit, question, { context, tallies }, fresh);
  }
  const compared: Compared[] = [];
  for (const [businessNumber, tally] of tallies) {
    const { ours, extraKeys } = await oursBeside(deps, audit, question, { ...context, businessNumber, seen });
    const { theirs, excluded, filled, missingKeys } = tally;
    const missing = missingKeys.length;
    compared.push({
      source: audit.id,
      businessNumber,
      question: question.name,
      method: 'ids',
      theirs,
      ours: ours ?? theirs - excluded - missing,
      excluded,
      missing,
      filled,
      extra: extraKeys.length,
      missingKeys,
      extraKeys,
    });
  }
  return compared;
}

async function tallyPage(
  deps: Deps,
  audit: SourceAudit,
  question: AuditByIds,
  { context, tallies }: { readonly context: AuditContext; readonly tallies: ReadonlyMap<string, Tally> },
  items: readonly AuditItem[],
): Promise<void> {
  const { isHere, isExcluded } = await lookUp(deps, audit.id, items);
  const unknown = items.filter((item) => !isHere(item) && !isExcluded(item));
  if (unknown.length > 0 && question.drafts !== undefined) {
    await deps.record(audit.id, await question.drafts(unknown, context));
  }
  const after = unknown.length === 0 ? undefined : await lookUp(deps, audit.id, unknown);
  for (const item of items) {
    const tally = tallies.get(item.businessNumber);
    if (tally === undefined) continue;
    tally.theirs += 1;
    if (isHere(item)) continue;
    // Excluded people's are counted and never named, also those that only the source's list told us of.
    if (isExcluded(item) || after?.isExcluded(item)) tally.excluded += 1;
    else {
      const found = after?.isHere(item);
      if (found !== undefined) tally.filled += 1;
      tally.missingKeys.push(found ?? item.keys[0] ?? '');
    }
  }
}

/** Which of these we have, under which key; and which of them the gate dropped. */
async function lookUp({ ledger, rules }: Deps, source: string, items: readonly AuditItem[]) {
  const own = rules.get(source);
  const hashOf = (key: string) => (own === undefined ? key : exclusionHash(key, own));
  const keys = items.flatMap((item) => item.keys);
  const found = await ledger.present(keys, keys.map(hashOf));
  return {
    isHere: (item: AuditItem) => item.keys.find((key) => found.keys.has(key)),
    isExcluded: (item: AuditItem) => item.keys.some((key) => found.excluded.has(hashOf(key))),
  };
}

/** Ours of the day, and those of them that the source does not have: asked by id, whatever day it lists them under. */
async function oursBeside(
  { ledger }: Deps,
  audit: SourceAudit,
  question: AuditByIds,
  of: AuditContext & { readonly businessNumber: string; readonly seen: ReadonlySet<string> },
): Promise<{ ours?: number; extraKeys: string[] }> {
  if (question.has === undefined) return { extraKeys: [] };
  const kind = question.name === 'calls' ? 'call' : 'message';
  let ours = 0;
  const beside: Interaction[] = [];
  for await (const interaction of interactionsOf(ledger, audit, of)) {
    if (interaction.kind !== kind) continue;
    ours += 1;
    if (!of.seen.has(interaction.key) && beside.length < mostAsked) beside.push(interaction);
  }
  const extraKeys: string[] = [];
  for (const { key, providerId } of beside) {
    if (!(await question.has(providerId, kind, of.signal))) extraKeys.push(key);
  }
  return { ours, extraKeys };
}

/** Compares by count: what the gate dropped may be any of theirs, so only what is above both is missing for certain. */
export async function compareCounts(
  { ledger }: Deps,
  audit: SourceAudit,
  question: AuditByCounts,
  context: AuditContext,
): Promise<Compared[]> {
  const counts = await question.counts(context);
  const dropped = await ledger.exclusions(context.day);
  return Promise.all(
    context.businessNumbers.map(async (businessNumber): Promise<Compared> => {
      const theirs = counts.get(businessNumber) ?? 0;
      const own = dropped.find((one) => one.source === audit.id && one.businessNumber === businessNumber);
      const excluded = own?.count ?? 0;
      let ours = 0;
      for await (const { kind, direction } of interactionsOf(ledger, audit, { ...context, businessNumber })) {
        if (kind === question.kind && (question.direction === 'both' || direction === question.direction))
          ours += 1;
      }
      const missing = Math.max(0, theirs - ours - excluded);
      const base = { source: audit.id, businessNumber, question: question.name, method: 'counts' } as const;
      return {
        ...base,
        theirs,
        ours,
        excluded,
        missing,
        filled: 0,
        extra: 0,
        missingKeys: [],
        extraKeys: [],
      };
    }),
  );
}

const pageSize = 500;

/** What this source gave of a number on a day; what was imported from a file is none of it. */
async function* interactionsOf(
  ledger: Deps['ledger'],
  { id: source, kind }: SourceAudit,
  { businessNumber, day }: { readonly businessNumber: string; readonly day: string },
): AsyncGenerator<Interaction> {
  let cursor: string | undefined;
  do {
    const page = await ledger.interactions({
      source,
      businessNumber,
      from: day,
      to: day,
      limit: pageSize,
      ...(cursor !== undefined && { cursor }),
    });
    for (const { interaction } of page.items) if (interaction.sourceKind === kind) yield interaction;
    cursor = page.cursor;
  } while (cursor !== undefined);
}
