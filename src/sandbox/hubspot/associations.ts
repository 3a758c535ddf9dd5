import { invalid, notFound, type Refusal } from './errors.ts';
import { objectTypes, type ObjectType } from './object-types.ts';

/** `from` to `to`: association type ids of category HUBSPOT_DEFINED (HubSpot docs, association type id values). */
const pairs: readonly (readonly [from: string, to: string, typeId: number])[] = [
  ['communications', 'contacts', 81],
  ['contacts', 'communications', 82],
  ['communications', 'companies', 87],
  ['companies', 'communications', 88],
  ['communications', 'deals', 85],
  ['deals', 'communications', 86],
  ['calls', 'contacts', 194],
  ['contacts', 'calls', 193],
  ['calls', 'companies', 182],
  ['companies', 'calls', 181],
  ['calls', 'deals', 206],
  ['deals', 'calls', 205],
  ['contacts', 'companies', 279],
  ['companies', 'contacts', 280],
  ['contacts', 'deals', 4],
  ['deals', 'contacts', 3],
  ['deals', 'companies', 341],
  ['companies', 'deals', 342],
  ['notes', 'contacts', 202],
  ['contacts', 'notes', 201],
  ['notes', 'companies', 190],
  ['companies', 'notes', 189],
  ['notes', 'deals', 214],
  ['deals', 'notes', 213],
];

/** The same for the association that is labelled `Primary`: a record has one primary company at most. */
const primaries: typeof pairs = [
  ['contacts', 'companies', 1],
  ['companies', 'contacts', 2],
  ['deals', 'companies', 5],
  ['companies', 'deals', 6],
];

export interface AssociationSpec {
  readonly associationCategory: string;
  readonly associationTypeId: number;
}

/** `{to: {id}, types: [...]}` as it stands in a create (HubSpot docs, batch create). */
export interface InlineAssociation {
  readonly to: { readonly id: string };
  readonly types: readonly AssociationSpec[];
}

export interface End {
  readonly type: ObjectType;
  readonly id: string;
}

/** How two records are associated, seen from the first (HubSpot docs, associations batch read). */
export interface AssociationType {
  readonly category: 'HUBSPOT_DEFINED';
  readonly typeId: number;
  readonly label: string | null;
}

/** Which record hangs on which, both ways round. */
export class Associations {
  readonly #links = new Map<string, Map<string, End>>();
  /** record to its primary company */
  readonly #primary = new Map<string, string>();

  /** @param typeId the way round of `from`; without one it is an association without a label */
  link(from: End, to: End, typeId?: number): void {
    this.#of(from).set(keyOf(to), to);
    this.#of(to).set(keyOf(from), from);
    if (!primaries.some((each) => each[0] === from.type.name && each[2] === typeId)) return;
    const [record, company] = to.type.name === 'companies' ? [from, to] : [to, from];
    this.#primary.set(keyOf(record), company.id);
  }

  /** The primary company of a contact or deal. */
  setPrimary(record: End, company: End): void {
    this.link(record, company, idIn(primaries, record.type, company.type));
  }

  /** All types of the association of these two. */
  typesOf(from: End, to: End): AssociationType[] {
    const category = 'HUBSPOT_DEFINED';
    const [record, company] = to.type.name === 'companies' ? [from, to] : [to, from];
    const primaryId = idIn(primaries, from.type, to.type);
    const isPrimary = primaryId !== undefined && this.#primary.get(keyOf(record)) === company.id;
    return [
      ...(isPrimary ? [{ category, typeId: primaryId, label: 'Primary' } as const] : []),
      { category, typeId: defaultTypeId(from.type, to.type), label: null },
    ];
  }

  unlink(from: End, to: End): void {
    if (this.#primary.get(keyOf(from)) === to.id) this.#primary.delete(keyOf(from));
    if (this.#primary.get(keyOf(to)) === from.id) this.#primary.delete(keyOf(to));
    this.#of(from).delete(keyOf(to));
    this.#of(to).delete(keyOf(from));
  }

  /** Records of `toType` that hang on this one. */
  linked(from: End, toType: string): string[] {
    return [...this.#of(from).values()].filter((end) => end.type.name === toType).map((end) => end.id);
  }

  /** A merge: what hung on `from` hangs on `to`, which keeps its own primary company where it has one. */
  move(from: End, to: End): void {
    const primary = this.#primary.get(keyOf(to)) ?? this.#primary.get(keyOf(from));
    if (primary !== undefined) this.#primary.set(keyOf(to), primary);
    for (const end of this.#of(from).values()) {
      this.unlink(from, end);
      this.link(to, end);
    }
  }

  #of(end: End): Map<string, End> {
    let links = this.#links.get(keyOf(end));
    if (!links) this.#links.set(keyOf(end), (links = new Map()));
    return links;
  }
}

const keyOf = (end: End): string => `${end.type.name}:${end.id}`;

const idIn = (table: typeof pairs, from: ObjectType, to: ObjectType): number | undefined =>
  table.find((each) => each[0] === from.name && each[1] === to.name)?.[2];

/** The id by which HubSpot associates two types when none is named. */
export function defaultTypeId(from: ObjectType, to: ObjectType): number {
  const id = idIn(pairs, from, to);
  if (id === undefined) throw invalid(`No default association type between ${from.typeId} and ${to.typeId}`);
  return id;
}

/** All types by which two types can be associated (HubSpot docs, association labels). */
export function labelsOf(from: ObjectType, to: ObjectType): AssociationType[] {
  const category = 'HUBSPOT_DEFINED';
  const primary = idIn(primaries, from, to);
  return [
    ...(primary === undefined ? [] : [{ category, typeId: primary, label: 'Primary' } as const]),
    { category, typeId: defaultTypeId(from, to), label: null },
  ];
}

/** The other end of an inline association. Throws a row's refusal for unknown types and records that are not there. */
export function resolveInline(
  from: ObjectType,
  association: InlineAssociation,
  endOf: (end: End) => End | undefined,
): { readonly to: End; readonly typeId: number }[] {
  return association.types.map((spec) => {
    const wanted = { type: targetOf(from, spec), id: association.to.id };
    const to = endOf(wanted);
    if (!to) throw missingEnd(wanted);
    return { to, typeId: spec.associationTypeId };
  });
}

/** The type that an association type leads to. Throws a row's refusal where there is no such association type. */
export function targetOf(from: ObjectType, spec: AssociationSpec): ObjectType {
  const pair = [...pairs, ...primaries].find(
    (each) => each[0] === from.name && each[2] === spec.associationTypeId,
  );
  const type = objectTypes.find((each) => each.name === pair?.[1]);
  if (!type || spec.associationCategory !== 'HUBSPOT_DEFINED') {
    throw invalid(
      `Association type ${spec.associationCategory}:${spec.associationTypeId} is not valid from object type ${from.typeId}`,
      { subCategory: 'crm.associations.INVALID_ASSOCIATION_TYPE' },
    );
  }
  return type;
}

export function missingEnd(end: End): Refusal {
  return invalid('One or more associations are not valid', {
    subCategory: 'crm.associations.INVALID_OBJECT_IDS',
    errors: [{ message: `${end.type.singular.toUpperCase()}=${end.id} is not valid` }],
  });
}

export function missingRecord(type: ObjectType, id: string): Refusal {
  return notFound(
    `Could not get some ${type.name.toUpperCase()} objects, they may be deleted or not exist. Check that ids are valid.`,
    {
      context: { ids: [id] },
    },
  );
}
