import type { Person } from '../../core/interaction.ts';
import { providerNumber } from '../../core/phone.ts';
import { cleanName } from './messages.ts';
import type { Survey } from './survey.ts';
import { comparable } from './text.ts';

/** Who is who in a chat. */
export interface Parties {
  /** sender that is the firm; absent where it wrote nothing */
  readonly me?: string;
  /** the other side by sender; in a chat of two one person, also for what has no sender */
  readonly people: ReadonlyMap<string, Person>;
  /** the person of a chat of two */
  readonly person?: Person;
  readonly group?: { readonly subject: string };
}

/** What cannot be known from the file and was not said; `senders` are those that could be meant. */
export type PartiesQuestion =
  | { readonly ask: 'me'; readonly senders: readonly string[] }
  | { readonly ask: 'contact'; readonly name: string };

export interface PartiesOptions {
  readonly survey: Pick<Survey, 'senders' | 'isGroup'>;
  readonly chatName?: string;
  /** E.164 of the firm */
  readonly businessNumber: string;
  /** name of the firm in the chat */
  readonly me?: string;
  /** E.164 of the person of a chat of two */
  readonly contact?: string;
  /** E.164 by name, for groups */
  readonly numbers?: ReadonlyMap<string, string>;
  /** people of whom only a name is known are taken too; their records wait for a person's decision */
  readonly namesOnly?: boolean;
}

/** Finds out who is who, or what must be asked. An address-book name says nothing about a number. */
export function findParties(options: PartiesOptions): Parties | PartiesQuestion {
  const { survey, chatName } = options;
  const senders = [...survey.senders.keys()];
  const me = findMe(options, senders);
  if (me === 'unknown') return { ask: 'me', senders };
  const others = senders.filter((sender) => sender !== me);
  const isGroup = survey.isGroup || others.length > 1;
  const mine = me === undefined ? {} : { me };
  if (isGroup) {
    const people = new Map(others.map((sender) => [sender, personOf(sender, options.numbers?.get(sender))]));
    return { ...mine, people, group: { subject: chatName ?? 'WhatsApp group' } };
  }
  const name = others[0] ?? chatName ?? '';
  const person = personOf(name, options.contact ?? options.numbers?.get(name) ?? numberIn(chatName));
  if (person.phone === undefined && !options.namesOnly) return { ask: 'contact', name };
  return { ...mine, people: new Map(others.map((sender) => [sender, person])), person };
}

function findMe(options: PartiesOptions, senders: readonly string[]): string | undefined | 'unknown' {
  const { me, chatName, contact, businessNumber } = options;
  if (me !== undefined) {
    const named = senders.find((sender) => comparable(sender) === comparable(cleanName(me)));
    // Only a sender of the chat is believed; of a chat in which the firm wrote nothing nobody is it.
    return named ?? (senders.length < 2 ? undefined : 'unknown');
  }
  const own = senders.find((sender) => numberIn(sender) === businessNumber);
  if (own !== undefined) return own;
  if (senders.length > 2 || options.survey.isGroup) return 'unknown';
  const isOther = (sender: string) =>
    (chatName !== undefined && comparable(sender) === comparable(chatName)) ||
    (contact !== undefined && numberIn(sender) === contact);
  const others = senders.filter(isOther);
  if (others.length === 1) return senders.find((sender) => !isOther(sender));
  return 'unknown';
}

function personOf(name: string, number: string | undefined): Person {
  const phone = number ?? numberIn(name);
  return {
    ...(phone !== undefined && { phone }),
    ...(numberIn(name) === undefined && name !== '' && { name }),
  };
}

/** `+49 1512 345678`, as WhatsApp writes people who are not in the address book. */
function numberIn(name: string | undefined): string | undefined {
  return name !== undefined && /^\+[\d\s().-]{6,25}$/.test(name) ? providerNumber(name) : undefined;
}
