import { invalid, notFound, type Refusal } from './errors.ts';
import { objectTypes, type ObjectType } from './schema.ts';

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
  ['notes', 'contacts', 202],
  ['contacts', 'notes', 201],
  ['notes', 'companies', 190],
  ['companies', 'notes', 189],
  ['notes', 'deals', 214],
  ['deals', 'notes', 213],
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

/** Which record hangs on which, both ways round. */
export class Associations {
  readonly #links = new Map<string, Map<string, End>>();
  readonly #primary = new Map<string, string>();

  link(from: End, to: End): void {
    this.#of(from).set(keyOf(to), to);
    this.#of(to).set(keyOf(from), from);
  }

  /** The primary company of a contact (HubSpot docs, association type id 1, label Primary). */
  setPrimary(contact: End, company: End): void {
    this.link(contact, company);
    this.#primary.set(contact.id, company.id);
  }

  isPrimary(from: End, to: End): boolean {
    return this.#primary.get(from.id) === to.id && to.type.name === 'companies';
  }

  unlink(from: End, to: End): void {
    this.#of(from).delete(keyOf(to));
    this.#of(to).delete(keyOf(from));
  }

  /** Records of `toType` that hang on this one. */
  linked(from: End, toType: string): string[] {
    return [...this.#of(from).values()].filter((end) => end.type.name === toType).map((end) => end.id);
  }

  /** A merge: what hung on `from` hangs on `to`. */
  move(from: End, to: End): void {
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

/** The id by which HubSpot associates two types when none is named. */
export function defaultTypeId(from: ObjectType, to: ObjectType): number {
  const pair = pairs.find((each) => each[0] === from.name && each[1] === to.name);
  if (!pair) throw invalid(`No default association type between ${from.typeId} and ${to.typeId}`);
  return pair[2];
}

/** The other end of an inline association. Throws a row's refusal for unknown types and records that are not there. */
export function resolveInline(
  from: ObjectType,
  association: InlineAssociation,
  exists: (end: End) => boolean,
): End[] {
  return association.types.map((spec) => {
    const type = targetOf(from, spec);
    const end = { type, id: association.to.id };
    if (!exists(end)) throw missingEnd(end);
    return end;
  });
}

export function targetOf(from: ObjectType, spec: AssociationSpec): ObjectType {
  const pair = pairs.find((each) => each[0] === from.name && each[2] === spec.associationTypeId);
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
