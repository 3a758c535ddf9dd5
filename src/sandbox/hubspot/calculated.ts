import { parsePhone } from '../../core/phone.ts';
import type { ObjectType } from './object-types.ts';
import type { Values } from './values.ts';

/**
 * What HubSpot derives from the other values of a record.
 *
 * @param region country of numbers without a country code
 */
export function calculated(type: ObjectType, values: Values, region: string): Values {
  if (type.name === 'contacts') return phonesOf(values, region);
  return type.name === 'deals' ? dealState(values) : {};
}

/** The searchable phone properties: area code and local number only (HubSpot knowledge base, searchable phones). */
function phonesOf(values: Values, region: string): Values {
  const read = (text: string | null | undefined) => (text ? parsePhone(text, region) : undefined);
  const [phone, mobile] = [read(values['phone']), read(values['mobilephone'])];
  return {
    hs_searchable_calculated_phone_number: phone?.national ?? null,
    hs_searchable_calculated_mobile_number: mobile?.national ?? null,
    hs_searchable_calculated_international_phone_number: phone?.e164.slice(1) ?? null,
    hs_searchable_calculated_international_mobile_number: mobile?.e164.slice(1) ?? null,
    hs_calculated_phone_number: phone?.e164 ?? null,
    hs_calculated_mobile_number: mobile?.e164 ?? null,
  };
}

/** Whether a deal is closed follows from its stage; these are those of HubSpot's own pipeline. */
const dealState = ({ dealstage: stage = null }: Values): Values => ({
  hs_is_closed: String(stage === 'closedwon' || stage === 'closedlost'),
  hs_is_closed_won: String(stage === 'closedwon'),
});
