import type { ObjectType } from './object-types.ts';
import type { Values } from './values.ts';

const phones = ['phone', 'mobilephone', 'hs_whatsapp_phone_number'] as const;

/**
 * Phone properties that an admin made sensitive: they come masked or not at all, and nothing is calculated from them, so
 * no search finds a contact by them (HubSpot docs, sensitive data).
 */
export class SensitivePhones {
  mode: 'off' | 'masked' | 'hidden' = 'off';

  /** What a token without access to sensitive properties sees. */
  shown(type: ObjectType, values: Values): Values {
    if (this.mode === 'off' || type.name !== 'contacts') return values;
    const masked = { ...values };
    for (const name of Object.keys(values)) {
      if (name.includes('calculated')) masked[name] = null;
    }
    for (const name of phones) {
      if (masked[name]) masked[name] = this.mode === 'masked' ? '****' : null;
    }
    return masked;
  }
}
