import type { Command } from 'commander';
import type { Settings } from '../../../config/settings.ts';
import type { Hold, HoldScope } from '../../ledger/ledger.ts';
import { common, printJson, systemUser, withOperations, type Context } from '../context.ts';
import { personOf } from '../person.ts';
import { formatTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

interface PlaceOptions extends HoldScope {
  readonly number?: string;
  readonly reason: string;
  readonly json?: true;
}

/** `wcs hold`: what nothing is destroyed of, whatever the rules say. */
export function addHold(program: Command, context: Context): void {
  const hold = program
    .command('hold')
    .description('legal holds: nothing of what they are about is destroyed');
  const list = hold.command('list').description('holds, those in force first');
  common(list, 'wcs hold list').action(async ({ json }: { json?: true }) => {
    const holds = await withOperations(context, ({ retention }) => retention.holds());
    if (json) printJson(context, holds);
    else context.terminal.out(formatHolds(holds, context.terminal));
  });

  const place = hold
    .command('place')
    .description('holds what fits all that is given')
    .option('--person <number or user id>', 'whose messages and calls')
    .option('--number <number>', 'of this number of the firm')
    .option('--source <id>', 'of this source')
    .option('--owner <e-mail>', 'of the numbers that this user had, while they had them')
    .option('--from <day>', 'from this day on (UTC)')
    .option('--to <day>', 'up to this day (UTC, inclusive)')
    .requiredOption('--reason <text>', 'names nobody; kept for good');
  common(place, 'wcs hold place --number +15550783881 --from 2026-01-01 --reason "case 7"').action(
    async ({ json, reason, ...options }: PlaceOptions) => {
      const placed = await withOperations(context, ({ retention }, settings) =>
        retention.placeHold({ ...scopeOf(options, settings), reason, by: systemUser() }),
      );
      if (json) printJson(context, placed);
      else context.terminal.out(`Hold ${placed.id} is in force.`);
    },
  );

  const release = hold
    .command('release')
    .argument('<id>', 'number of the hold')
    .description('ends a hold: the rules apply again')
    .requiredOption('--reason <text>', 'names nobody; kept for good');
  common(release, 'wcs hold release 7 --reason "case 7 is closed"').action(
    async (id: string, { reason, json }: { reason: string; json?: true }) => {
      if (!/^[1-9]\d{0,14}$/.test(id)) throw new UsageError(`"${id}" is not the number of a hold`);
      const released = await withOperations(context, ({ retention }) =>
        retention.releaseHold(Number(id), systemUser(), reason),
      );
      if (json) printJson(context, { released });
      else context.terminal.out(released ? `Hold ${id} is released.` : `There is no hold ${id} in force.`);
      context.exitCode = released ? 0 : 1;
    },
  );
}

function scopeOf(
  { person, number, source, owner, from, to }: Omit<PlaceOptions, 'reason'>,
  { sources, owners }: Pick<Settings, 'sources' | 'owners'>,
): HoldScope {
  const given = [person, number, source, owner, from, to].filter((one) => one !== undefined);
  if (given.length === 0)
    throw new UsageError('say what is held: --person, --number, --source, --owner, --from or --to');
  for (const day of [from, to]) {
    if (day !== undefined && !/^\d{4}-\d\d-\d\d$/.test(day))
      throw new UsageError(`${day} is not a day like 2026-01-31`);
  }
  if (number !== undefined && !/^\+\d{5,20}$/.test(number))
    throw new UsageError(`${number} is not a phone number with its country code`);
  if (source !== undefined && !sources.some(({ id }) => id === source))
    throw new UsageError(`there is no source "${source}" in the settings`);
  if (owner !== undefined && !owners.some(({ user }) => user === owner))
    throw new UsageError(`the settings name no owner ${owner}`);
  return {
    ...(person !== undefined && { person: personOf(person) }),
    ...(number !== undefined && { businessNumber: number }),
    ...(source !== undefined && { source }),
    ...(owner !== undefined && { owner }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  };
}

function formatHolds(holds: readonly Hold[], terminal: Pick<Terminal, 'width' | 'colors'>): string {
  if (holds.length === 0) return 'There are no holds.';
  return formatTable(
    [
      { head: 'hold', align: 'right' },
      { head: 'about', wraps: true },
      { head: 'why', wraps: true },
      { head: 'placed' },
      { head: 'released' },
    ],
    holds.map((hold) => [
      hold.id,
      aboutOf(hold),
      hold.reason,
      `${hold.placedAt.slice(0, 10)} ${hold.placedBy}`,
      hold.releasedAt === undefined ? 'in force' : `${hold.releasedAt.slice(0, 10)} ${hold.releasedBy ?? ''}`,
    ]),
    terminal,
  );
}

function aboutOf({ person, businessNumber, source, owner, from, to }: Hold): string {
  const parts = [
    person,
    businessNumber,
    source && `source ${source}`,
    owner,
    from && `from ${from}`,
    to && `to ${to}`,
  ];
  return parts.filter((part) => part !== undefined).join(', ') || 'a person';
}
