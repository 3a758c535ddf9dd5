import type { Command } from 'commander';
import { driftKinds, type DriftKind } from '../../core/drift.ts';
import type { DriftView, LinkedDrift } from '../../pipeline/drift-operations.ts';
import type { Operations } from '../../pipeline/operations.ts';
import {
  common,
  destinationOf,
  knownDestination,
  printJson,
  systemUser,
  withOperations,
  type Context,
} from '../context.ts';
import { formatTable } from '../table.ts';
import { oneLine, type Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

interface DriftOptions {
  readonly destination?: string;
  readonly kind?: DriftKind;
  readonly resolved?: true;
  readonly all?: true;
  readonly limit: number;
  readonly json?: true;
}

type Verb = 'restore' | 'accept';

/** `wcs drift`: records that are not as they were logged. */
export function addDrift(program: Command, context: Context): void {
  const drift = program
    .command('drift')
    .description('records that are missing or not as they were logged: list, show, restore, accept');
  const list = drift
    .command('list')
    .description('show them, newest first; exit 1 when there are any')
    .option('--destination <id>', 'only this destination')
    .option('--kind <kind>', driftKinds.join(', '), kindOf)
    .option('--resolved', 'those that are over too')
    .option('--limit <number>', 'at most so many', positive, 50);
  common(list, 'wcs drift list --kind changed').action(async (options: DriftOptions) => {
    context.exitCode = await listDrift(context, options);
  });
  const show = drift
    .command('show')
    .argument('<id>', 'as `drift list` shows it')
    .description('what the CRM shows, beside what was logged; the look is kept in the audit log')
    .option('--destination <id>', 'of this destination');
  common(show, 'wcs drift show 3f2a91c0').action(async (id: string, options: DriftOptions) => {
    context.exitCode = await showDrift(context, id, options);
  });
  addDecision(drift, context, 'restore', 'write them again as they were logged', 'are written again');
  addDecision(
    drift,
    context,
    'accept',
    'keep what the CRM shows; told again when it changes again',
    'are kept',
  );
}

function addDecision(parent: Command, context: Context, verb: Verb, what: string, done: string): void {
  const command = parent
    .command(verb)
    .argument('[ids...]', 'as `drift list` shows them')
    .description(what)
    .option('--destination <id>', 'of this destination')
    .option('--kind <kind>', driftKinds.join(', '), kindOf)
    .option('--all', 'all that are open, or all of a kind');
  common(command, `wcs drift ${verb} 3f2a91c0`).action(async (ids: string[], options: DriftOptions) => {
    context.exitCode = await decide(context, verb, ids, options, done);
  });
}

function kindOf(text: string): DriftKind {
  const kind = driftKinds.find((one) => one === text);
  if (kind === undefined) throw new UsageError(`--kind is one of ${driftKinds.join(', ')}`);
  return kind;
}

function positive(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new UsageError(`"${text}" is not a number above 0`);
  return Number(text);
}

const pageSize = 500;

async function read(
  operations: Operations,
  filter: { readonly destination?: string; readonly kind?: DriftKind; readonly resolved?: boolean },
  limit: number,
): Promise<LinkedDrift[]> {
  const found: LinkedDrift[] = [];
  let cursor: string | undefined;
  do {
    const page = await operations.drift.list({
      ...filter,
      limit: Math.min(pageSize, limit - found.length),
      ...(cursor !== undefined && { cursor }),
    });
    found.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined && found.length < limit);
  return found;
}

async function listDrift(context: Context, options: DriftOptions): Promise<number> {
  const { destination, kind, resolved, limit, json } = options;
  const items = await withOperations(context, (operations, settings) =>
    read(
      operations,
      {
        ...(destination !== undefined && { destination: knownDestination(settings, destination) }),
        ...(kind !== undefined && { kind }),
        ...(resolved && { resolved }),
      },
      limit,
    ),
  );
  if (json) printJson(context, { items });
  else if (items.length === 0)
    context.terminal.out('Every record is as it was logged, as far as was looked.');
  else context.terminal.out(formatDrift(items, context.terminal));
  return items.some(({ resolvedAt }) => resolvedAt === undefined) ? 1 : 0;
}

function formatDrift(items: readonly LinkedDrift[], terminal: Pick<Terminal, 'width' | 'colors'>): string {
  const rows = items.map((one) => [
    one.key.slice(0, 8),
    one.destination,
    one.kind,
    whatOf(one),
    one.occurredAt.slice(0, 16).replace('T', ' '),
    one.foundAt.slice(0, 16).replace('T', ' '),
    one.resolution ?? 'open',
    one.recordUrl ?? one.recordId,
  ]);
  return formatTable(
    [
      { head: 'id' },
      { head: 'destination' },
      { head: 'kind' },
      { head: 'what', wraps: true },
      { head: 'of' },
      { head: 'found' },
      { head: 'state' },
      { head: 'record', wraps: true },
    ],
    rows,
    terminal,
  );
}

function whatOf({ kind, fields, detail }: LinkedDrift): string {
  if (kind === 'changed') return fields.join(', ');
  if (kind === 'moved') return detail.contact === undefined ? 'on nobody' : `now on ${detail.contact.id}`;
  if (kind === 'double') return `also ${(detail.others ?? []).join(', ')}`;
  return detail.deleted === 'bin' ? 'in the recycle bin' : 'deleted for good';
}

async function showDrift(context: Context, id: string, options: DriftOptions): Promise<number> {
  const view = await withOperations(context, async (operations, settings) => {
    const [one] = await resolve(operations, [id], options, true);
    if (one === undefined) return undefined;
    const destination = destinationOf(settings, options.destination ?? one.destination);
    return operations.drift.show(destination, one.key, systemUser());
  });
  if (view === undefined) throw new UsageError(`there is nothing with the id "${id}"`);
  if (options.json) printJson(context, view);
  else context.terminal.out(formatView(view, context.terminal));
  return view.now.length > 0 ? 1 : 0;
}

function formatView(view: DriftView, terminal: Pick<Terminal, 'width' | 'colors'>): string {
  const lines = view.differences.flatMap(({ field, now, ours, isAsWritten }) => [
    terminal.colors.bold(oneLine(field)),
    `  CRM now:  ${oneLine(now)}`,
    ours === undefined
      ? '  logged:   (cannot be made again)'
      : `  ${isAsWritten ? 'logged:   ' : 'today it would be: '}${oneLine(ours)}`,
  ]);
  const state =
    view.now.length === 0 ? 'At this moment it is as it was logged.' : `Now: ${view.now.join(', ')}`;
  return [formatDrift(view.findings, terminal), '', state, ...lines].join('\n');
}

/** The findings that ids (or their beginnings) name. @throws UsageError for one that names nothing or several */
async function resolve(
  operations: Operations,
  ids: readonly string[],
  { destination, kind }: DriftOptions,
  resolved: boolean,
): Promise<LinkedDrift[]> {
  const filter = { ...(destination !== undefined && { destination }), ...(kind !== undefined && { kind }) };
  const whole = ids.every((id) => /^[0-9a-f]{64}$/.test(id));
  const [first = ''] = ids;
  const only = whole && ids.length === 1 ? { key: first } : {};
  const items = await read(operations, { ...filter, ...only, ...(resolved && { resolved }) }, 100_000);
  return ids.map((id) => {
    const named = items.filter(({ key }) => key.startsWith(id));
    const records = new Set(named.map(({ destination: of, key }) => `${of} ${key}`));
    const [one] = named;
    if (one === undefined) throw new UsageError(`there is nothing with the id "${id}"`);
    if (records.size > 1)
      throw new UsageError(`"${id}" is the beginning of several ids, or in several destinations`);
    return one;
  });
}

async function decide(
  context: Context,
  verb: Verb,
  ids: readonly string[],
  options: DriftOptions,
  done: string,
): Promise<number> {
  if (ids.length === 0 && !options.all) throw new UsageError('say which: ids or --all');
  const result = await withOperations(context, async (operations, settings) => {
    if (options.destination !== undefined) knownDestination(settings, options.destination);
    const { destination, kind } = options;
    const filter = { ...(destination !== undefined && { destination }), ...(kind !== undefined && { kind }) };
    const chosen =
      ids.length > 0
        ? await resolve(operations, ids, options, false)
        : await read(operations, filter, Number.MAX_SAFE_INTEGER);
    const records = new Map(chosen.map((one) => [`${one.destination} ${one.key}`, one]));
    let changed = 0;
    const refused: string[] = [];
    for (const one of records.values()) {
      try {
        if (await operations.drift[verb](one.destination, one.key, systemUser())) changed += 1;
      } catch (error) {
        refused.push(`${one.key.slice(0, 8)}: ${error instanceof Error ? error.message : 'unknown error'}`);
      }
    }
    return { changed, refused };
  });
  if (options.json) printJson(context, result);
  else {
    const { changed, refused } = result;
    context.terminal.out(changed === 1 ? `1 ${done.replace('are', 'is')}.` : `${changed} ${done}.`);
    for (const one of refused) context.terminal.note(oneLine(one));
  }
  return result.refused.length > 0 || (result.changed === 0 && ids.length > 0) ? 1 : 0;
}
