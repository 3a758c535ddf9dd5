import type { Store, StoredRecord } from './store.ts';
import type { Values } from './values.ts';

/** A record as every endpoint answers it (HubSpot docs, SimplePublicObject). */
export interface PublicObject {
  readonly id: string;
  readonly properties: Readonly<Record<string, string | null>>;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly archived: boolean;
  readonly archivedAt?: string;
}

/**
 * @param wanted names asked for; unknown ones are left out. Absent: all that have a value, as after a write
 * @param values as the token may see them, where they are not the record's own of now
 */
export function present(
  store: Store,
  record: StoredRecord,
  wanted?: readonly string[],
  values: Readonly<Values> = store.sensitive.shown(record.type, record.values),
): PublicObject {
  const names = wanted
    ? [...new Set([...record.type.defaults, ...wanted])].filter(
        (name) => name in values || record.type.defaults.includes(name),
      )
    : Object.keys(values).filter((name) => values[name] !== null);
  return {
    id: record.id,
    properties: Object.fromEntries(names.map((name) => [name, values[name] ?? null])),
    createdAt: record.createdAt.toISOString(),
    updatedAt: record.updatedAt.toISOString(),
    archived: record.archivedAt !== undefined,
    ...(record.archivedAt && { archivedAt: record.archivedAt.toISOString() }),
  };
}
