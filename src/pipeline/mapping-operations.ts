import type { Destination } from '../destinations/destination.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { parseMapping } from '../mapping/mapping.ts';
import { mappingParts, vocabularyOf } from '../mapping/vocabulary.ts';
import { recordOf } from './check.ts';
import type { Mappings } from './mappings.ts';
import type { DayRange, MappingFields, MappingOperations, Published } from './operations.ts';

export interface MappingOperationsDeps {
  readonly ledger: Pick<Ledger, 'rewrite'>;
  readonly destinations: ReadonlyMap<string, Destination>;
  readonly mappings: Mappings;
  readonly wake: () => void;
}

/** {@link MappingOperations} over the mappings of this process. */
export function mappingOperations(deps: MappingOperationsDeps): MappingOperations {
  const { mappings } = deps;
  const published = async (
    version: Published['version'],
    range: DayRange | undefined,
    by: string,
  ): Promise<Published> => {
    deps.wake();
    return {
      version,
      rewritten: range === undefined ? 0 : await rewrite(deps, version.destination, range, by),
    };
  };
  return {
    async get(destination) {
      const newest = await mappings.inUse(destination);
      if (newest !== undefined) return newest;
      const body = await mappings.text(destination);
      return { destination, version: parseMapping(body).version, body, origin: 'file' };
    },
    history: (destination) => mappings.history(destination),
    fields: (destination) => fieldsOf(deps, destination),
    check: (destination, text) => mappings.check(destination, text),
    publish: async (destination, { text, by, why, after, rewrite: range }) =>
      published(
        await mappings.publish(destination, { text, by, why, ...(after !== undefined && { after }) }),
        range,
        by,
      ),
    rollBack: async (destination, { version, by, why, rewrite: range }) =>
      published(await mappings.rollBack(destination, version, by, why), range, by),
    rewrite: (destination, range, by) => rewrite(deps, destination, range, by),
  };
}

async function rewrite(
  deps: MappingOperationsDeps,
  destination: string,
  range: DayRange,
  by?: string,
): Promise<number> {
  const rewritten = await deps.ledger.rewrite(destination, range, by);
  if (rewritten > 0) deps.wake();
  return rewritten;
}

async function fieldsOf({ destinations }: MappingOperationsDeps, id: string): Promise<MappingFields[]> {
  const destination = destinations.get(id);
  if (destination === undefined) throw new RangeError(`there is no destination "${id}"`);
  const lists: MappingFields[] = [];
  for (const part of mappingParts) {
    const { kind, object } = recordOf(destination, part);
    const fields = await destination.describe(kind);
    if (fields.length > 0) lists.push({ part, object, fields, vocabulary: vocabularyOf(part) });
  }
  return lists;
}
