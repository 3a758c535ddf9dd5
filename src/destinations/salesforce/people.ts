import type { CrmContact } from '../destination.ts';
import { CallError } from './call-error.ts';
import type { Client, Json } from './client.ts';

export type PersonObject = 'Contact' | 'Lead';

/** Fields that hold phone numbers (Object Reference, Contact and Lead); a person account's are the contact's. */
export const phoneFields: Readonly<Record<PersonObject, readonly string[]>> = {
  Contact: ['Phone', 'MobilePhone', 'HomePhone', 'OtherPhone', 'AssistantPhone'],
  Lead: ['Phone', 'MobilePhone'],
};

const otherFields: Readonly<Record<PersonObject, readonly string[]>> = {
  Contact: ['Id', 'Name', 'OwnerId', 'SystemModstamp'],
  Lead: ['Id', 'Name', 'OwnerId', 'SystemModstamp', 'IsConverted', 'ConvertedContactId'],
};

/**
 * Contacts and leads as this user may see them. Every field is asked for until Salesforce refuses one; then describe tells
 * which are hidden from the user, and those are left out.
 */
export class People {
  readonly #client: Client;
  readonly #userIdField: string | undefined;
  readonly #markFields: readonly string[];
  readonly #hidden = new Set<string>();

  /** @param leads are leads matched? */
  constructor(
    client: Client,
    userIdField: string | undefined,
    leads: boolean,
    markFields: readonly string[] = [],
  ) {
    this.#client = client;
    this.#markFields = markFields;
    this.#userIdField = userIdField;
    if (!leads) this.#hidden.add('Lead');
  }

  /** The objects that can be asked for: leads may be switched off. */
  get objects(): PersonObject[] {
    return (['Contact', 'Lead'] as const).filter((object) => !this.#hidden.has(object));
  }

  get userIdField(): string | undefined {
    const name = this.#userIdField;
    return name === undefined || this.#hidden.has(`Contact.${name}`) ? undefined : name;
  }

  /** Fields to ask for. */
  fields(object: PersonObject): string[] {
    const userId = object === 'Contact' && this.#userIdField !== undefined ? [this.#userIdField] : [];
    const names = [...otherFields[object], ...phoneFields[object], ...userId, ...this.#markFields];
    return [...new Set(names)].filter((name) => !this.#hidden.has(`${object}.${name}`));
  }

  /** Runs a query made of the above; when a field or object in it is hidden, once more without. */
  async ask<T>(query: () => Promise<T>): Promise<T> {
    try {
      return await query();
    } catch (error) {
      if (!isHidden(error) || !(await this.#narrow())) throw error;
      return query();
    }
  }

  /** @returns whether anything was found to be hidden that was not known before */
  async #narrow(): Promise<boolean> {
    const before = this.#hidden.size;
    for (const object of this.objects) {
      try {
        const seen = new Set((await this.#client.describe(object)).map((field) => field.name));
        for (const name of this.fields(object)) if (!seen.has(name)) this.#hidden.add(`${object}.${name}`);
      } catch (error) {
        if (object !== 'Lead' || !isHidden(error)) throw error;
        this.#hidden.add(object);
      }
    }
    return this.#hidden.size > before;
  }

  /** A row of a query or search as a contact. */
  toContact(object: PersonObject, row: Json): CrmContact {
    const texts = (names: readonly string[]) =>
      names
        .map((name) => row[name])
        .filter((value): value is string => typeof value === 'string' && value !== '');
    const modified = new Date(String(row.SystemModstamp));
    return {
      type: object,
      id: String(row.Id),
      name: typeof row.Name === 'string' ? row.Name : '',
      phones: texts(phoneFields[object]),
      userIds: this.userIdField === undefined ? [] : texts([this.userIdField]),
      ...(typeof row.OwnerId === 'string' ? { ownerId: row.OwnerId } : {}),
      ...(Number.isNaN(modified.getTime()) ? {} : { modifiedAt: modified.toISOString() }),
      ...(this.#markFields.length > 0 && { marks: this.#marksOf(row) }),
      ...(row.IsDeleted === true || row.IsConverted === true ? { gone: true } : {}),
    };
  }

  /** A field that is hidden is not in the row. */
  #marksOf(row: Json): Record<string, string> {
    const seen = this.#markFields.filter((name) => name in row);
    return Object.fromEntries(seen.map((name) => [name, row[name] === null ? '' : String(row[name])]));
  }
}

/** Was it refused because the user may not see an object or a field, or the org has none such? */
export function isHidden(error: unknown): boolean {
  return (
    error instanceof CallError &&
    error.kind === 'refused' &&
    ['INVALID_FIELD', 'INVALID_TYPE', 'NOT_FOUND'].includes(error.code)
  );
}
