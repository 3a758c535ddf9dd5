/** A contact that the demo creates in both sandbox CRMs. All people and numbers are invented. */
export interface DemoPerson {
  readonly name: string;
  /** E.164 */
  readonly phone: string;
  /** business-scoped user id */
  readonly userId?: string;
}

/** The firm's number and Meta's id of it, in all sample webhooks. */
export const demoBusiness = {
  displayPhoneNumber: '15550783881',
  number: '+15550783881',
  phoneNumberId: '106540352242922',
  accountId: '102290129340398',
} as const;

export const demoPeople = [
  { name: 'Ana Silva', phone: '+14155550100', userId: 'US.10000000000000000100' },
  { name: 'Ben Okafor', phone: '+14155550101' },
  { name: 'Chiara Rossi', phone: '+390255500102' },
  // writes under her user id alone: the samples do not tell her number
  { name: 'Dana Levi', phone: '+14155550103', userId: 'US.10000000000000000103' },
  // writes without a number; the CRM knows only it, until the address book of the WhatsApp Business app tells
  { name: 'Gil Haddad', phone: '+14155550104' },
] as const satisfies readonly DemoPerson[];

/** What Gil writes under. */
export const gilUserId = 'US.10000000000000000104';

/** Writes, and is in no CRM: parked until somebody creates the contact. */
export const unknownPerson = { name: 'Emil Novak', phone: '+14155550199' } as const satisfies DemoPerson;

/** Must never be recorded: the settings exclude this number. */
export const excludedPerson = { name: 'Private Person', phone: '+15550001111' } as const satisfies DemoPerson;
