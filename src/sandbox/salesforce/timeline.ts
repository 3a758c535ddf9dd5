import type { TimelineEntry, TimelineView } from '../timeline.ts';
import { fileContent, filesOn } from './files.ts';
import type { Org, Row } from './org.ts';

/** What a rep sees of contacts and leads: their tasks, newest first. */
export function timelineOf(org: Org): Omit<TimelineView, 'product'> {
  const tasksOf = (id: string) =>
    [...org.table('Task').values()].filter((row) => row.WhoId === id && row.IsDeleted !== true);
  return {
    contacts: () =>
      ['Contact', 'Lead'].flatMap((type) =>
        [...org.table(type).values()]
          .filter((row) => row.IsDeleted !== true && row.IsConverted !== true)
          .map((row) => {
            const phone = row.MobilePhone ?? row.Phone ?? undefined;
            return {
              id: row.Id,
              type,
              name: String(row.Name ?? ''),
              ...(phone === undefined ? {} : { phone: String(phone) }),
              entries: tasksOf(row.Id).length,
            };
          }),
      ),
    timeline: (id) =>
      tasksOf(id)
        .map((row) => entryOf(org, row))
        .toSorted((a, b) => b.at.localeCompare(a.at)),
    file: (id) => fileContent(org, id),
  };
}

const details = [
  'Status',
  'TaskSubtype',
  'CallType',
  'CallDurationInSeconds',
  'CallDisposition',
  'ActivityDate',
];

function entryOf(org: Org, row: Row): TimelineEntry {
  const custom = [...(org.objects.get('Task')?.fields.values() ?? [])].filter((def) => def.custom);
  const exact = custom.find((def) => def.type === 'datetime' && row[def.name]);
  const date = row.ActivityDate ? `${String(row.ActivityDate)}T00:00:00.000Z` : String(row.CreatedDate);
  const names = [...details, ...custom.map((def) => def.name)];
  const shown = names.filter((name) => (row[name] ?? null) !== null);
  const kind = row.TaskSubtype === 'Call' ? 'call' : row.IsClosed === true ? 'message' : 'other';
  return {
    id: row.Id,
    kind,
    title: String(row.Subject ?? ''),
    body: String(row.Description ?? ''),
    at: exact ? String(row[exact.name]) : date,
    details: [
      ...relationsOf(org, row),
      ...shown.map((name) => [name.replace(/__c$/, '').replaceAll('_', ' '), String(row[name])] as const),
    ],
    files: filesOn(org, row.Id),
  };
}

/** Who owns a task and what else it is on, by name. */
function relationsOf(org: Org, row: Row): (readonly [label: string, name: string])[] {
  const account = row.WhatId === row.AccountId ? org.find(String(row.WhoId))?.row.AccountId : row.AccountId;
  const wanted = [
    ['Owner', row.OwnerId],
    ['Account', account],
    ['Opportunity', row.WhatId],
  ] as const;
  return wanted.flatMap(([label, id]) => {
    const name = typeof id === 'string' ? org.find(id)?.row.Name : undefined;
    return typeof name === 'string' ? [[label, name] as const] : [];
  });
}
