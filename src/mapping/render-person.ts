import type { Person } from '../core/interaction.ts';
import { cleanText, readablePhone } from '../core/text.ts';

/** Who gave nothing of himself. */
export const unknownPerson = 'a WhatsApp user';

/** The CRM's name for the person, else WhatsApp's; a person who gave none is known by user name, number or id. */
export function personName(person: Person, contactName: string | undefined): string {
  const name = [contactName, person.name]
    .map((each) => cleanText(each ?? '').trim())
    .find((each) => each !== '');
  if (name !== undefined) return name;
  if (person.username) return `@${person.username}`;
  return person.phone ? readablePhone(person.phone) : (person.userId ?? unknownPerson);
}
