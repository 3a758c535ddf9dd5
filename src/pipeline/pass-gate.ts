import { addressesOf } from '../core/interaction.ts';
import type { DirectoryEntry, Ledger } from '../ledger/ledger.ts';
import { consentOf } from '../mapping/consent.ts';
import type { EventDraft } from '../sources/source.ts';
import {
  addressesMentioned,
  applyGate,
  hashesOfExcluded,
  idsMentioned,
  idsWithoutNumber,
  isKnownShape,
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
  if ((rules.consents ?? []).length === 0) return passOne(ledger, drafts, rules, undefined);
  const numbers = new Set(drafts.map(({ businessNumber }) => businessNumber));
  const results: GateResult[] = [];
  for (const number of numbers) {
    const own = drafts.filter(({ businessNumber }) => businessNumber === number);
    results.push(await passOne(ledger, own, rules, number));
  }
  return {
    events: results.flatMap(({ events }) => events),
    exclusions: results.flatMap(({ exclusions }) => exclusions),
    dropped: results.reduce((sum, { dropped }) => sum + dropped, 0),
    learned: results.flatMap(({ learned }) => learned),
  };
}

async function passOne(
  ledger: GateLedger,
  drafts: readonly EventDraft[],
  rules: GateRules,
  number: string | undefined,
): Promise<GateResult> {
  const nameless = idsWithoutNumber(drafts, rules);
  const mentioned = idsMentioned(drafts, rules);
  const asked = [...new Set([...nameless, ...mentioned])];
  const reasons = asked.length > 0 ? await ledger.excludedIds(asked) : new Map<string, readonly string[]>();
  // Who writes under a user id that was an excluded person's may be anybody who opted out by now; so may who is somewhere
  // in a shape that nobody knows.
  const whole = await withOptedOut(
    ledger,
    drafts,
    rules,
    number,
    reasons.size > 0 || drafts.some((draft) => !isKnownShape(draft)),
  );
  if (reasons.size === 0) return applyGate(drafts, whole);
  const excluded = new Set(hashesOfExcluded(whole));
  const isKnown = (id: string) => (reasons.get(id) ?? []).some((hash) => excluded.has(hash));
  return applyGate(drafts, whole, {
    without: new Set(nameless.filter(isKnown)),
    mentioned: new Set(mentioned.filter(isKnown)),
  });
}

/** The rules with everybody of these drafts (or everybody) whom a CRM bars from being recorded. */
async function withOptedOut(
  ledger: Pick<Ledger, 'markedContacts'>,
  drafts: readonly EventDraft[],
  rules: GateRules,
  number: string | undefined,
  everybody: boolean,
): Promise<GateRules> {
  const consents = (rules.consents ?? []).filter(
    ({ businessNumbers }) =>
      businessNumbers === undefined || number === undefined || businessNumbers.has(number),
  );
  if (consents.length === 0) return rules;
  const people = drafts.flatMap((draft) => draft.people);
  const own = people.flatMap((person) => addressesOf(person));
  const addresses = [...new Set([...own, ...addressesMentioned(drafts)])];
  const barred = new Set(rules.excluded);
  for (const consent of consents) {
    const entries = await ledger.markedContacts(consent.destination, everybody ? undefined : addresses);
    for (const { address } of optedOut(entries, consent)) barred.add(address);
  }
  return { ...rules, excluded: barred };
}

function optedOut(entries: readonly DirectoryEntry[], { rules }: GateConsent): DirectoryEntry[] {
  return entries.filter((entry) => consentOf(entry, rules) === 'excluded');
}
