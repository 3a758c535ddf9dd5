import type { CrmField } from '../destination.ts';
import type { DescribedField, PicklistValue } from './client.ts';

const types: Readonly<Record<string, CrmField['type']>> = {
  string: 'string',
  textarea: 'string',
  phone: 'string',
  email: 'string',
  url: 'string',
  combobox: 'string',
  id: 'string',
  encryptedstring: 'string',
  int: 'number',
  double: 'number',
  currency: 'number',
  percent: 'number',
  long: 'number',
  boolean: 'boolean',
  date: 'date',
  datetime: 'datetime',
  picklist: 'picklist',
  multipicklist: 'picklist',
  reference: 'reference',
};

/** A field of describe in the port's words (REST guide, sObject Describe). */
export function toCrmField(field: DescribedField): CrmField {
  const { name, label = name, type = '', length, createable = false, updateable = false } = field;
  const values = Array.isArray(field.picklistValues) ? (field.picklistValues as PicklistValue[]) : undefined;
  const active = values?.flatMap((one) => (one === null || one.active === false ? [] : one.value));
  return {
    name,
    label,
    type: types[type] ?? 'other',
    ...(length !== undefined && length > 0 ? { length } : {}),
    required: createable && field.nillable === false && field.defaultedOnCreate !== true,
    createable,
    updateable,
    ...(field.unique === undefined ? {} : { unique: field.unique }),
    ...(active !== undefined && active.length > 0 && { values: active }),
    ...(active !== undefined &&
      active.length > 0 &&
      field.restrictedPicklist !== true && { valuesOpen: true as const }),
  };
}
