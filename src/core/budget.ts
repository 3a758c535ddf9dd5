/** What a CRM tells of its quotas in the headers of an answer. Counts are of API calls. */
export interface QuotaNews {
  /** of a day, whoever made them */
  readonly dailyLimit?: number;
  readonly dailyUsed?: number;
  /** of the short window */
  readonly burstLimit?: number;
  readonly burstWindowMs?: number;
}

/** How far a destination's quota is used, as far as it is known. */
export interface QuotaUse {
  /** calls that we made in the running day, over all processes */
  readonly ours: number;
  /** calls that we may make in a day; undefined: the CRM told no limit yet */
  readonly allowed?: number;
  /** the CRM's own count, whoever made the calls */
  readonly dailyUsed?: number;
  readonly dailyLimit?: number;
}

/**
 * The port to the limiter of one destination, shared by all processes: whose permission each request needs. The quota is
 * the customer's; others need it too.
 */
export interface Budget {
  /**
   * Waits for the turn of one request. Searches count on their own and as calls.
   * @throws CrmError `share-used-up` when our share of the day is gone; `rate-limited` when the turn is too far away
   */
  take(kind: 'call' | 'search'): Promise<void>;
  /** Takes in what an answer said. Never throws. */
  learn(news: QuotaNews): void;
  /** How much is used; from what this process knows and the shared count. */
  use(): Promise<QuotaUse>;
}

/** For tools and tests that make few calls: no limit, nothing is counted. */
export const unlimited: Budget = {
  take: async () => undefined,
  learn: () => undefined,
  use: async () => ({ ours: 0 }),
};
