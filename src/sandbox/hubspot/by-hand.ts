import { parsePhone } from '../../core/phone.ts';
import type { Account } from './account.ts';
import type { ObjectType } from './object-types.ts';
import type { Property } from './schema.ts';
import type { StoredRecord } from './store.ts';
import type { Values } from './values.ts';

/** Contacts of a company, and whether it is their primary one. */
export interface CompanyLinks {
  readonly contactIds: readonly string[];
  readonly primary?: boolean;
}

/** What people do in the account with their hands, past the API and its checks. */
export interface ByHand {
  /** Adds a contact from its properties and gives its id. */
  addContact(properties: Readonly<Record<string, string>>): string;
  /** Adds somebody who can own records, or once could. @returns the owner's id */
  addOwner(owner: { readonly name: string; readonly email: string; readonly archived?: boolean }): string;
  /** @returns the company's id */
  addCompany(properties: Readonly<Record<string, string>>, links?: CompanyLinks): string;
  /** `createdate` and `hs_is_closed` may be given too. @returns the deal's id */
  addDeal(
    properties: Readonly<Record<string, string>>,
    links?: Pick<CompanyLinks, 'contactIds'> & { readonly companyId?: string },
  ): string;
  /** Makes a property as an admin would; `values`: of an enumeration. */
  addProperty(type: string, name: string, kind: Property['type'], values?: readonly string[]): void;
  /** Changes a record as a user of the account would, whatever its type: `communications`. */
  change(type: string, id: string, properties: Readonly<Record<string, string>>): void;
  archiveContact(id: string): void;
  /** Takes a contact out of the recycle bin. */
  restoreContact(id: string): void;
  /** `otherId` goes into `primaryId`; `store.mergedIds` says what the old id leads to afterwards. */
  mergeContacts(primaryId: string, otherId: string): void;
  /**
   * One message each from these people through HubSpot's own WhatsApp channel: a communication with a conversation thread
   * and without a text (public integrations' code). Who is unknown becomes a contact. @returns the records' ids
   */
  addNativeMessages(numbers: readonly string[]): string[];
}

/** @param region country of numbers without a country code */
export function byHand({ owners, schema, store }: Account, region: string): ByHand {
  const contacts = schema.type('contacts');
  const contact = (id: string): StoredRecord => {
    const found = store.get(contacts, id);
    if (!found) throw new Error(`no contact ${id}`);
    return found;
  };
  const contactOf = (number: string): StoredRecord => {
    const wanted = parsePhone(number, region)?.e164;
    const names = ['phone', 'mobilephone', 'hs_whatsapp_phone_number'];
    const isOwn = ({ values }: StoredRecord): boolean =>
      names.some((name) => parsePhone(values[name] ?? '', region)?.e164 === wanted);
    return store.all(contacts).find(isOwn) ?? store.create(contacts, { hs_whatsapp_phone_number: number });
  };
  /** Also properties that the API does not take. */
  const make = (type: ObjectType, properties: Readonly<Record<string, string>>, more: Values) => {
    const record = store.create(type, properties);
    store.restore(record, { ...record.values, ...more });
    return record;
  };
  return {
    addContact: (properties) => store.create(contacts, properties).id,
    addProperty(typeName, name, kind, values = kind === 'bool' ? ['true', 'false'] : []) {
      const type = schema.type(typeName);
      schema.addProperty(type, {
        name,
        label: name,
        groupName: schema.groups(type)[0]?.name ?? '',
        type: kind,
        fieldType: kind === 'bool' ? 'booleancheckbox' : kind === 'enumeration' ? 'select' : 'text',
        options: values.map((value, displayOrder) => ({ label: value, value, displayOrder })),
        description: '',
        hasUniqueValue: false,
        calculated: false,
        hubspotDefined: false,
        readOnly: false,
        externalOptions: false,
      });
    },
    change(type, id, properties) {
      const found = store.get(schema.type(type), id);
      if (!found) throw new Error(`no record ${id}`);
      store.update(found, properties);
    },
    addOwner({ name, email, archived = false }) {
      const [firstName = '', ...rest] = name.split(' ');
      const userId = 5_000_001 + owners.length;
      const id = String(70_000_001 + owners.length);
      owners.push({ id, email, firstName, lastName: rest.join(' '), userId, archived });
      return id;
    },
    addCompany(properties, { contactIds, primary = false } = { contactIds: [] }) {
      const company = store.create(schema.type('companies'), properties);
      for (const id of contactIds) {
        const ends = [{ type: contacts, id }, company] as const;
        if (primary) store.associations.setPrimary(...ends);
        else store.associations.link(...ends);
      }
      return company.id;
    },
    addDeal(
      { createdate, hs_is_closed: closed, ...properties },
      { contactIds, companyId } = { contactIds: [] },
    ) {
      const dealstage = closed === 'true' ? 'closedwon' : 'appointmentscheduled';
      const more = createdate === undefined ? {} : { createdate };
      const deal = make(schema.type('deals'), { dealstage, ...properties }, more);
      for (const id of contactIds) store.associations.link({ type: contacts, id }, deal);
      if (companyId !== undefined)
        store.associations.setPrimary(deal, { type: schema.type('companies'), id: companyId });
      return deal.id;
    },
    archiveContact: (id) => store.archive(contact(id)),
    restoreContact: (id) => store.unarchive(contacts, id),
    mergeContacts: (primaryId, otherId) => store.merge(contact(primaryId), contact(otherId)),
    addNativeMessages: (numbers) =>
      numbers.map((number) => {
        const own = {
          hs_timestamp: store.now().toISOString(),
          hs_communication_channel_type: 'WHATS_APP',
          hs_communication_logged_from: 'CRM',
        };
        const from = contactOf(number);
        const thread = { hs_communication_conversations_thread_id: `7${from.id}` };
        const message = make(schema.type('communications'), own, thread);
        store.associations.link(from, message);
        return message.id;
      }),
  };
}
