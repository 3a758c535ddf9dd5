import type { StoredRecord } from '../ledger/ledger.ts';

/** Enough of a key to tell it from all others. */
const keyLength = 16;

/**
 * Compares what is without content with the audit trail, which is sealed: somebody who can write to the database could
 * destroy content and say that a rule did.
 */
export class PurgeTrail {
  /** what the trail says that was destroyed: `purge key` or `purge id` */
  readonly #told = new Set<string>();
  readonly #found: { readonly record: string; readonly name: string }[] = [];

  note(records: readonly StoredRecord[]): void {
    for (const record of records) {
      if (record.table === 'audit') this.#tell(record);
      else if (record.purgeId !== undefined) this.#find(record, record.purgeId);
    }
  }

  /** Events without content that no purge of the trail is about: `events 12`. */
  untold(): string[] {
    return this.#found.filter(({ name }) => !this.#told.has(name)).map(({ record }) => record);
  }

  #tell({ fields }: StoredRecord): void {
    const [, , action, , detail] = fields;
    if (action !== 'content.purge' || typeof detail !== 'string') return;
    const { purge, keys = [], eventIds = [] } = readDetail(detail);
    for (const key of keys) this.#told.add(`${purge} ${key.slice(0, keyLength)}`);
    for (const id of eventIds) this.#told.add(`${purge} ${id}`);
  }

  #find({ table, id, fields }: StoredRecord, purgeId: number): void {
    const key = fields[5];
    const whose = typeof key === 'string' ? key.slice(0, keyLength) : String(id);
    this.#found.push({ record: `${table} ${id}`, name: `${purgeId} ${whose}` });
  }
}

interface Detail {
  readonly purge?: number;
  readonly keys?: readonly string[];
  readonly eventIds?: readonly number[];
}

/** Whoever altered it is found by its seal. */
function readDetail(text: string): Detail {
  try {
    return JSON.parse(text) as Detail;
  } catch {
    return {};
  }
}
