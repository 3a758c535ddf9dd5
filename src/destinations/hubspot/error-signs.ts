import type { PropertyError, Refusal } from './refusal.ts';

const conflicts = (properties: readonly PropertyError[]): readonly PropertyError[] =>
  properties.filter(({ error }) => error.includes('CONFLICT'));

/** A conflict of another unique property is not ours to adopt. */
export function isConflictOfKey({ properties, said, keyField }: Refusal): boolean {
  if (conflicts(properties).length === 0) {
    return said.includes('CONFLICTING_UNIQUE_VALUE');
  }
  return properties.every(({ error, name }) => error.includes('CONFLICT') && [keyField, ''].includes(name));
}

/** CONFLICT without a list of properties. */
export function isPlainConflict({ properties, category, status }: Refusal): boolean {
  return conflicts(properties).length === 0 && (category === 'CONFLICT' || status === 409);
}

/** An association that leads nowhere, or a contact that is named as not there. */
export function isContactGone({ said, properties, contacts }: Refusal): boolean {
  if (/association.?type/i.test(said) || properties.length > 0) return false;
  if (/INVALID_OBJECT_ID|OBJECT_NOT_FOUND/i.test(said)) return true;
  return (
    (contacts.length > 0 || /associat/i.test(said)) &&
    /not valid|invalid|not (be )?found|does(n't| not) exist|deleted|archived/i.test(said)
  );
}

/** Properties that are not there or cannot be written: in the list, or, without one, in the sentence. */
export function unusable({ properties, said, keyField }: Refusal, of: (name: string) => boolean): boolean {
  const own = properties.filter(({ error }) =>
    /DOES_?NT?_?(NOT_)?EXIST|READ_?ONLY|UNKNOWN_PROPERTY/.test(error),
  );
  if (own.length > 0) return own.some(({ name }) => of(name));
  if (properties.length > 0 || !/PROPERTY_DOESNT_EXIST|propert\w+ .*does(n't| not) exist/i.test(said))
    return false;
  return of(said.includes(keyField) ? keyField : '');
}

/** Conditionally required properties and the like, obeyed by the API from 2026-09 on (HubSpot changelog). */
export function isRule({ properties, said }: Refusal): boolean {
  if (properties.length > 0) return properties.every(({ error }) => /REQUIRED|RULE|CONDITIONAL/i.test(error));
  return said.includes('VALIDATION_ERROR') && /\brule|conditional/i.test(said);
}
