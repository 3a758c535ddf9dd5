import { conflict, invalid, notFound } from './errors.ts';

export interface PropertyOption {
  readonly label: string;
  readonly value: string;
  readonly displayOrder: number;
}

/** A property of an object type (HubSpot docs, properties). */
export interface Property {
  readonly name: string;
  readonly label: string;
  readonly groupName: string;
  readonly type: 'string' | 'number' | 'date' | 'datetime' | 'enumeration' | 'bool' | 'phone_number';
  readonly fieldType: string;
  readonly options: readonly PropertyOption[];
  readonly description: string;
  readonly hasUniqueValue: boolean;
  readonly calculated: boolean;
  readonly hubspotDefined: boolean;
  /** cannot be written */
  readonly readOnly: boolean;
  /** values come from elsewhere (owners) */
  readonly externalOptions: boolean;
}

export interface PropertyGroup {
  readonly name: string;
  readonly label: string;
  readonly displayOrder: number;
}

/** Object type: its ids, and what it needs (HubSpot docs, object type ids; the guides of communications, calls, notes). */
export interface ObjectType {
  readonly name: string;
  readonly typeId: string;
  readonly singular: string;
  readonly required: readonly string[];
  /** name of the property with the time of the last change */
  readonly modified: string;
  readonly created: string;
  readonly defaults: readonly string[];
}

const activity = (
  name: string,
  typeId: string,
  singular: string,
  required: readonly string[],
): ObjectType => ({
  name,
  typeId,
  singular,
  required,
  modified: 'hs_lastmodifieddate',
  created: 'hs_createdate',
  defaults: ['hs_createdate', 'hs_lastmodifieddate', 'hs_object_id'],
});

export const objectTypes: readonly ObjectType[] = [
  {
    ...activity('contacts', '0-1', 'contact', []),
    modified: 'lastmodifieddate',
    created: 'createdate',
    defaults: ['createdate', 'email', 'firstname', 'hs_object_id', 'lastmodifieddate', 'lastname'],
  },
  { ...activity('companies', '0-2', 'company', []), created: 'createdate' },
  { ...activity('deals', '0-3', 'deal', []), created: 'createdate' },
  activity('communications', '0-18', 'communication', [
    'hs_timestamp',
    'hs_communication_channel_type',
    'hs_communication_logged_from',
  ]),
  activity('calls', '0-48', 'call', ['hs_timestamp']),
  activity('notes', '0-46', 'note', ['hs_timestamp']),
];

const activityTypes = ['communications', 'calls', 'notes'];

/** `type[!] name [values]`; `!` = read-only */
const definitions: Readonly<Record<string, readonly string[]>> = {
  contacts: [
    'string firstname',
    'string lastname',
    'string! hs_full_name_or_email',
    'string email',
    'phone_number phone',
    'phone_number mobilephone',
    'phone_number hs_whatsapp_phone_number',
    'string fax',
    'string company',
    'string jobtitle',
    'string! hs_searchable_calculated_phone_number',
    'string! hs_searchable_calculated_mobile_number',
    'string! hs_searchable_calculated_international_phone_number',
    'string! hs_searchable_calculated_international_mobile_number',
    'string! hs_calculated_phone_number',
    'string! hs_calculated_mobile_number',
    'string! hs_calculated_phone_number_country_code',
    'string! hs_merged_object_ids',
    'owner hubspot_owner_id',
    'datetime! createdate',
    'datetime! lastmodifieddate',
    'string! hs_object_id',
  ],
  companies: ['string name', 'string domain', 'phone_number phone', 'owner hubspot_owner_id'],
  deals: [
    'string dealname',
    'string dealstage',
    'string pipeline',
    'number amount',
    'enumeration hs_is_closed true false',
    'owner hubspot_owner_id',
  ],
  communications: [
    'datetime hs_timestamp',
    'enumeration hs_communication_channel_type WHATS_APP SMS LINKEDIN_MESSAGE',
    'enumeration hs_communication_logged_from CRM',
    'string hs_communication_body',
    'string! hs_communication_conversations_thread_id',
    'string hs_attachment_ids',
    'owner hubspot_owner_id',
    'string! hs_body_preview',
    'string! hs_unique_creation_key',
  ],
  calls: [
    'datetime hs_timestamp',
    'string hs_call_title',
    'string hs_call_body',
    'enumeration hs_call_direction INBOUND OUTBOUND',
    'number hs_call_duration',
    'enumeration hs_call_status BUSY CALLING_CRM_USER CANCELED COMPLETED CONNECTING FAILED IN_PROGRESS NO_ANSWER QUEUED RINGING',
    'string hs_call_disposition',
    'string hs_call_from_number',
    'string hs_call_to_number',
    'string hs_call_recording_url',
    'string hs_call_source',
    'string hs_activity_type',
    'string hs_attachment_ids',
    'string hs_call_callee_object_id',
    'string hs_call_callee_object_type_id',
    'string hs_call_external_id',
    'string hs_call_app_id',
    'owner hubspot_owner_id',
    'string! hs_body_preview',
  ],
  notes: [
    'datetime hs_timestamp',
    'string hs_note_body',
    'string hs_attachment_ids',
    'owner hubspot_owner_id',
  ],
};

const everywhere = [
  'datetime! createdate',
  'datetime! hs_createdate',
  'datetime! hs_lastmodifieddate',
  'string! hs_object_id',
];

function builtIn(definition: string, groupName: string): Property {
  const [kind = '', name = '', ...values] = definition.split(' ');
  const type = kind.replace('!', '');
  return {
    name,
    label: name.replace(/^hs_/, '').replaceAll('_', ' '),
    groupName,
    type: type === 'owner' ? 'enumeration' : (type as Property['type']),
    fieldType: { datetime: 'date', number: 'number', enumeration: 'select', owner: 'select' }[type] ?? 'text',
    options: values.map((value, displayOrder) => ({ label: value, value, displayOrder })),
    description: '',
    hasUniqueValue: false,
    calculated: kind.endsWith('!') && name.includes('calculated'),
    hubspotDefined: true,
    readOnly: kind.endsWith('!'),
    externalOptions: type === 'owner',
  };
}

/** Properties and their groups, per object type. */
export class Schema {
  /** an account that refuses unique properties on communications, calls and notes */
  uniqueOnActivities = true;
  readonly #properties = new Map<string, Map<string, Property>>();
  readonly #groups = new Map<string, Map<string, PropertyGroup>>();

  constructor() {
    for (const { name, singular } of objectTypes) {
      const group = { name: `${singular}information`, label: `${singular} information`, displayOrder: 0 };
      this.#groups.set(name, new Map([[group.name, group]]));
      const list = [...everywhere, ...(definitions[name] ?? [])].map((each) => builtIn(each, group.name));
      this.#properties.set(name, new Map(list.map((each) => [each.name, each])));
    }
  }

  /** By name (`communications`, `communication`) or object type id (`0-18`). Throws the 400 for an unknown one. */
  type(word: string): ObjectType {
    const found = objectTypes.find((each) => [each.name, each.singular, each.typeId].includes(word));
    if (!found) throw invalid(`Unable to infer object type from: ${word}`);
    return found;
  }

  properties(type: ObjectType): Property[] {
    return [...(this.#properties.get(type.name)?.values() ?? [])];
  }

  property(type: ObjectType, name: string): Property | undefined {
    return this.#properties.get(type.name)?.get(name);
  }

  groups(type: ObjectType): PropertyGroup[] {
    return [...(this.#groups.get(type.name)?.values() ?? [])];
  }

  addGroup(type: ObjectType, group: PropertyGroup): PropertyGroup {
    const groups = this.#groups.get(type.name);
    if (groups?.has(group.name)) throw conflict(`Property group named '${group.name}' already exists`);
    groups?.set(group.name, group);
    return group;
  }

  /** At most ten unique properties per object type (HubSpot docs, properties guide). */
  addProperty(type: ObjectType, property: Property): Property {
    const properties = this.#properties.get(type.name);
    if (properties?.has(property.name)) {
      throw conflict(`A property named '${property.name}' already exists.`);
    }
    if (!this.#groups.get(type.name)?.has(property.groupName)) {
      throw invalid(`Property group with name ${property.groupName} does not exist.`);
    }
    if (property.hasUniqueValue) this.#checkUnique(type);
    properties?.set(property.name, property);
    return property;
  }

  removeProperty(type: ObjectType, name: string): void {
    if (!this.#properties.get(type.name)?.delete(name))
      throw notFound(`No property exists with name ${name}`);
  }

  #checkUnique(type: ObjectType): void {
    if (!this.uniqueOnActivities && activityTypes.includes(type.name)) {
      throw invalid(`hasUniqueValue is not supported for properties of object type ${type.typeId}`);
    }
    if (this.properties(type).filter((each) => each.hasUniqueValue).length >= 10) {
      throw invalid('Cannot create more than 10 unique properties per object type');
    }
  }
}
