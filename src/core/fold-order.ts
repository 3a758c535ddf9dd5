import type { Fact, FactKind } from './fact.ts';
import type { Interaction, Person } from './interaction.ts';

/** What an interaction has from its events' ids alone. */
export type FoldBase = Pick<Interaction, 'key' | 'source' | 'sourceKind' | 'businessNumber' | 'providerId'>;

export type FactOf<K extends FactKind> = Extract<Fact, { kind: K }>;

/** Facts by time, repeated ones once. Equal times are ordered by content, so that arrival plays no part. */
export function inOrder(facts: readonly Fact[]): Fact[] {
  const distinct = new Map(facts.map((fact) => [JSON.stringify(fact), fact]));
  return [...distinct]
    .sort(([textA, a], [textB, b]) => compare(a.at, b.at) || compare(textA, textB))
    .map(([, fact]) => fact);
}

/** The facts of one kind, in the given order. */
export function ofKind<K extends FactKind>(facts: readonly Fact[], kind: K): FactOf<K>[] {
  return facts.filter((fact): fact is FactOf<K> => fact.kind === kind);
}

/** The first of the best ranked (lowest number wins). */
export function best<T>(items: readonly T[], rank: (item: T) => number): T | undefined {
  return items.reduce<T | undefined>(
    (leader, item) => (leader === undefined || rank(item) < rank(leader) ? item : leader),
    undefined,
  );
}

/** One person from what several facts say: the first that knows something about a trait decides it. */
export function mergePeople(people: readonly Person[]): Person {
  return people.reduceRight<Person>((merged, person) => ({ ...merged, ...person }), {});
}

/** Order of two texts by code unit, for sorting. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
