import type { Fact, NumberChangeFact } from './fact.ts';
import { settlingMs, type IdentityLink } from './identity.ts';
import { addressesOf, type Person } from './interaction.ts';
import { providerNumber } from './phone.ts';

/** What a fact tells about who is who: everyone it names with more than one address, and changes of an address. */
export function linksOf(fact: Fact): IdentityLink[] {
  const change = changeOf(fact);
  if (change !== undefined) return linksOfChange(change);
  return 'person' in fact && fact.person !== undefined ? sameOf(addressesOf(fact.person), fact.at) : [];
}

/** The change of a number or user id that a fact tells; WhatsApp also tells it as a message in the chat. */
function changeOf(fact: Fact): NumberChangeFact | undefined {
  if (fact.kind === 'number-change') return fact;
  if (fact.kind !== 'message' || fact.content.type !== 'system') return undefined;
  const { oldPhone, newPhone, oldUserId, newUserId, newParentUserId } = fact.content.details ?? {};
  if (newPhone === undefined && newUserId === undefined) return undefined;
  const to = personOf(newPhone, newUserId, newParentUserId);
  return { kind: 'number-change', at: fact.at, from: personOf(oldPhone, oldUserId), to };
}

function personOf(phone: unknown, userId: unknown, parentUserId?: unknown): Person {
  const number = typeof phone === 'string' ? providerNumber(phone) : undefined;
  return {
    ...(number !== undefined && { phone: number }),
    ...(typeof userId === 'string' && { userId }),
    ...(typeof parentUserId === 'string' && { parentUserId }),
  };
}

function linksOfChange({ from, to, at }: NumberChangeFact): IdentityLink[] {
  const traits = ['userId', 'parentUserId', 'phone'] as const;
  const changed = traits.flatMap((trait): IdentityLink[] => {
    const [a, b] = [from[trait], to[trait]];
    return a && b && a !== b ? [{ kind: 'became', a, b, at }] : [];
  });
  const now = addressesOf(to);
  // What stands on both sides is what the person has now: it says nothing about the time before.
  const before = addressesOf(from).filter((address) => !now.includes(address));
  // Clearly in the time of the new addresses, whoever may have given them up just then.
  const after = new Date(Date.parse(at) + 2 * settlingMs).toISOString();
  const gone = changed.length === 0 ? crossed(before, now, at) : [];
  return [...changed, ...gone, ...sameOf(before, at), ...sameOf(now, after)];
}

/** A user id on one side and a number on the other: one person all the same, and the old one is given up. */
function crossed(before: readonly string[], now: readonly string[], at: string): IdentityLink[] {
  const [a, b] = [before[0], now[0]];
  return a !== undefined && b !== undefined ? [{ kind: 'became', a, b, at }] : [];
}

function sameOf(addresses: readonly string[], at: string): IdentityLink[] {
  return addresses.flatMap((one, index) =>
    addresses
      .slice(index + 1)
      .filter((other) => other !== one)
      .map((other) => ({
        kind: 'same' as const,
        a: one < other ? one : other,
        b: one < other ? other : one,
        at,
      })),
  );
}
