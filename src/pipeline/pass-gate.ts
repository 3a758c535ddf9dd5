import { addressesOf } from '../core/interaction.ts';
import type { DirectoryEntry, Ledger } from '../ledger/ledger.ts';
import { consentOf } from '../mapping/consent.ts';
import type { EventDraft } from '../sources/source.ts';
import {
  applyGate,
  hashesOfExcluded,
  idsWithoutNumber,
  type GateConsent,
  type GateResult,
  type GateRules,
} from './gate.ts';

type GateLedger = Pick<Ledger, 'excludedIds' | 'markedContacts'>;

/**
 * The privacy gate with what the ledger knows: who opted out in a CRM (or not in), and user ids of excluded people.
 *
 * @throws when the ledger cannot say: nothing may be stored or acknowledged then
 */
export async function passGate(
  ledger: GateLedger,
  drafts: readonly EventDraft[],
  rules: GateRules,
): Promise<GateResult> {
  if (rules.consents === undefined || rules.consents.length === 0) return passOne(ledger, drafts, rules);
  const numbers = [...new Set(drafts.map(({ businessNumber }) => businessNumber))];
  const results: GateResult[] = [];
  for (const number of numbers) {
    const own = drafts.filter(({ businessNumber }) => businessNumber === number);
    results.push(await passOne(ledger, own, await withOptedOut(ledger, own, rules, number)));
  }
  return {
    events: results.flatMap(({ events }) => events),
    exclusions: results.flatMap(({ exclusions }) => exclusions),
    dropped: results.reduce((sum, { dropped }) => sum + dropped, 0),
    learned: results.flatMap(({ learned }) => learned),
  };
}

async function passOne(
  ledger: Pick<Ledger, 'excludedIds'>,
  drafts: readonly EventDraft[],
  rules: GateRules,
): Promise<GateResult> {
  const ids = idsWithoutNumber(drafts, rules);
  const knownIds = ids.length > 0 ? await ledger.excludedIds(ids, hashesOfExcluded(rules)) : undefined;
  return applyGate(drafts, rules, knownIds);
}

/** The rules with everybody of these drafts whom a CRM bars from being recorded. */
async function withOptedOut(
  ledger: Pick<Ledger, 'markedContacts'>,
  drafts: readonly EventDraft[],
  rules: GateRules,
  number: string | undefined,
): Promise<GateRules> {
  const consents = (rules.consents ?? []).filter(
    ({ businessNumbers }) =>
      businessNumbers === undefined || number === undefined || businessNumbers.has(number),
  );
  const people = drafts.flatMap((draft) => draft.people);
  const addresses = [...new Set(people.flatMap((person) => addressesOf(person)))];
  // Who is named by a user id alone may be anybody who opted out by a number, and so may who is in an unknown shape.
  const needsAll =
    people.some(({ phone }) => phone === undefined) || drafts.some(({ kind }) => kind === 'unrecognised');
  const barred = new Set(rules.excluded);
  for (const consent of consents) {
    const entries = await ledger.markedContacts(consent.destination, needsAll ? undefined : addresses);
    for (const { address } of optedOut(entries, consent)) barred.add(address);
  }
  return { ...rules, excluded: barred };
}

function optedOut(entries: readonly DirectoryEntry[], { rules }: GateConsent): DirectoryEntry[] {
  return entries.filter((entry) => consentOf(entry, rules) === 'excluded');
}
