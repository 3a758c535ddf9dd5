import type { CrmField, Destination, RecordKind } from '../destinations/destination.ts';

type Known = ReadonlyMap<string, CrmField> | undefined;

/**
 * The live describe of a destination's objects, asked for once an hour. Undefined while the CRM cannot say: then a
 * mapping's optional fields are left out and lengths are the CRM's to judge.
 */
export class KnownFields {
  readonly #destination: Destination;
  readonly #kept = new Map<string, { readonly until: number; readonly fields: Promise<Known> }>();

  constructor(destination: Destination) {
    this.#destination = destination;
  }

  get(kind: RecordKind): Promise<Known> {
    const kept = this.#kept.get(kind);
    if (kept !== undefined && kept.until > performance.now()) return kept.fields;
    const fields = this.#destination.describe(kind).then(
      (list): Known => new Map(list.map((field) => [field.name, field])),
      (): Known => {
        this.#kept.delete(kind);
        return undefined;
      },
    );
    this.#kept.set(kind, { until: performance.now() + 3_600_000, fields });
    return fields;
  }

  /** After the CRM refused a field: ask again next time. */
  forget(): void {
    this.#kept.clear();
  }
}
