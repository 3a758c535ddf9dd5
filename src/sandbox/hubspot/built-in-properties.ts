import type { Property } from './schema.ts';

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
    'enumeration lifecyclestage subscriber lead marketingqualifiedlead salesqualifiedlead opportunity customer evangelist other',
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
    'bool! hs_is_closed',
    'bool! hs_is_closed_won',
    'datetime closedate',
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

/** The properties that HubSpot itself has on a type. */
export const builtInProperties = (type: string, groupName: string): Property[] =>
  [...everywhere, ...(definitions[type] ?? [])].map((each) => builtIn(each, groupName));
