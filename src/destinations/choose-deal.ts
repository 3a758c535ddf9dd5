import type { RelateRule } from './destination.ts';

/** An open deal or opportunity, as a rule looks at it. */
export interface OpenDeal {
  readonly id: string;
  readonly ownerId?: string;
  /** ISO 8601 */
  readonly createdAt: string;
}

/** The one deal that the rule means; undefined when there is none, or several and the rule cannot tell them apart. */
export function chooseDeal(
  deals: readonly OpenDeal[],
  rule: RelateRule['deal'],
  ownerId: string | undefined,
): OpenDeal | undefined {
  switch (rule) {
    case 'none':
      return undefined;
    case 'only':
      return single(deals);
    case 'owner':
      return ownerId === undefined ? undefined : single(deals.filter((deal) => deal.ownerId === ownerId));
    case 'newest': {
      const times = deals.map(({ createdAt }) => Date.parse(createdAt));
      const last = Math.max(...times);
      return single(deals.filter((_deal, at) => times[at] === last));
    }
  }
}

function single(deals: readonly OpenDeal[]): OpenDeal | undefined {
  return deals.length === 1 ? deals[0] : undefined;
}
