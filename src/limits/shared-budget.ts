import { RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible';
import type { Budget, QuotaNews, QuotaUse } from '../core/budget.ts';
import { CrmError } from '../core/errors.ts';

/** What one destination may use. */
export interface BudgetRules {
  /** 0 to 1: of the CRM's daily calls */
  readonly share: number;
  /** calls a day, instead of the limit that the CRM tells */
  readonly dailyLimit?: number;
  readonly searchesPerSecond: number;
}

/** Makes a limiter of `points` in `duration` seconds. */
export type MakeLimiter = (options: {
  readonly keyPrefix: string;
  readonly points: number;
  readonly duration: number;
}) => RateLimiterAbstract;

const day = 86_400;
/** More than anybody makes: the day's limiter counts, and what is allowed is compared here. */
const noLimit = 2_000_000_000;
/** Calls that a process takes out of the day's count at once, so that not every call asks for one. */
const mostAtOnce = 20;
/** After the CRM said that nothing is left, one call in so many milliseconds tries. */
const exhaustedMs = 300_000;
/** How long it is believed that our share is used up. */
const usedUpMs = 60_000;
/** The longest that a call waits for its turn. */
const patienceMs = 15_000;
/** Of the CRM's short limit: the rest is for others, and for windows that do not begin when theirs do. */
const burstShare = 0.9;

/** One destination's limiter; its counts are shared by all processes that have the same store. */
export class SharedBudget implements Budget {
  readonly #name: string;
  readonly #rules: BudgetRules;
  readonly #make: MakeLimiter;
  readonly #day: RateLimiterAbstract;
  readonly #search: RateLimiterAbstract;
  #burst: RateLimiterAbstract | undefined;
  #nextSearch = 0;
  #known: QuotaNews = {};
  /** taken out of the day's count and not made yet */
  #inHand = 0;
  #taking: Promise<void> | undefined;
  #usedUpUntil = 0;
  #exhaustedUntil = 0;

  constructor(destination: string, rules: BudgetRules, make: MakeLimiter) {
    this.#name = destination;
    this.#rules = rules;
    this.#make = make;
    this.#day = make({ keyPrefix: 'wcs-day', points: noLimit, duration: day });
    this.#search = make({
      keyPrefix: 'wcs-search',
      points: Math.max(1, Math.floor(rules.searchesPerSecond)),
      duration: 1,
    });
  }

  async take(kind: 'call' | 'search'): Promise<void> {
    this.#checkExhausted();
    await this.#takeOfDay();
    if (kind === 'search') await this.#takeSearch();
    if (this.#burst !== undefined) await this.#turn(this.#burst);
  }

  learn(news: QuotaNews): void {
    this.#known = { ...this.#known, ...news };
    const { dailyUsed, dailyLimit, burstLimit, burstWindowMs } = news;
    if (dailyUsed !== undefined && dailyLimit !== undefined) {
      this.#exhaustedUntil = dailyUsed >= dailyLimit ? performance.now() + exhaustedMs : 0;
    }
    if (burstLimit === undefined || burstWindowMs === undefined) return;
    // In seconds, so that no ten seconds of the CRM's, wherever they begin, hold more than its limit.
    const points = Math.max(1, Math.floor((burstShare * burstLimit * 1_000) / burstWindowMs));
    if (this.#burst?.points === points) return;
    this.#burst = this.#make({ keyPrefix: 'wcs-burst', points, duration: 1 });
  }

  async use(): Promise<QuotaUse> {
    const { dailyLimit, dailyUsed } = this.#known;
    const allowed = this.#allowed();
    const consumed = (await this.#day.get(this.#name))?.consumedPoints ?? 0;
    return {
      ours: Math.max(0, consumed - this.#inHand),
      ...(allowed !== undefined && { allowed }),
      ...(dailyLimit !== undefined && { dailyLimit }),
      ...(dailyUsed !== undefined && { dailyUsed }),
    };
  }

  #allowed(): number | undefined {
    const limit = this.#rules.dailyLimit ?? this.#known.dailyLimit;
    return limit === undefined ? undefined : Math.floor(limit * this.#rules.share);
  }

  #checkExhausted(): void {
    const left = this.#exhaustedUntil - performance.now();
    if (left > 0) throw new CrmError('quota-used-up', '', { retryAfterMs: left });
    // One call finds out; the next ones wait for what it says.
    if (this.#exhaustedUntil > 0) this.#exhaustedUntil = performance.now() + exhaustedMs;
  }

  async #takeOfDay(): Promise<void> {
    while (this.#inHand < 1) {
      this.#taking ??= this.#takeMore().finally(() => (this.#taking = undefined));
      await this.#taking;
    }
    this.#inHand -= 1;
  }

  /** @throws CrmError when there is no more for us today */
  async #takeMore(): Promise<void> {
    const left = this.#usedUpUntil - performance.now();
    if (left > 0) throw this.#usedUp(left);
    const allowed = this.#allowed();
    if (allowed !== undefined) {
      const now = await this.#day.get(this.#name);
      if ((now?.consumedPoints ?? 0) >= allowed) throw this.#end(now?.msBeforeNext);
    }
    const wanted = Math.min(mostAtOnce, Math.max(1, Math.floor((allowed ?? noLimit) / 100)));
    const { consumedPoints, msBeforeNext } = await this.#day.consume(this.#name, wanted);
    const over = allowed === undefined ? 0 : Math.max(0, consumedPoints - allowed);
    this.#inHand += Math.max(0, wanted - over);
    if (this.#inHand < 1) throw this.#end(msBeforeNext);
  }

  #end(msBeforeNext = day * 1_000): CrmError {
    const waitMs = Math.min(usedUpMs, msBeforeNext);
    this.#usedUpUntil = performance.now() + waitMs;
    return this.#usedUp(waitMs);
  }

  #usedUp(retryAfterMs: number): CrmError {
    const limit = this.#rules.dailyLimit ?? this.#known.dailyLimit;
    const part = `${this.#allowed()} of ${limit} calls a day`;
    return new CrmError('share-used-up', part, { retryAfterMs });
  }

  /** Evenly: the CRM's own second may begin in the middle of ours. */
  async #takeSearch(): Promise<void> {
    const now = performance.now();
    const waitMs = Math.max(0, this.#nextSearch - now);
    this.#nextSearch = Math.max(now, this.#nextSearch) + 1_000 / this.#rules.searchesPerSecond;
    if (waitMs > 0) await sleep(waitMs);
    await this.#turn(this.#search);
  }

  async #turn(limiter: RateLimiterAbstract): Promise<void> {
    const end = performance.now() + patienceMs;
    for (;;) {
      try {
        await limiter.consume(this.#name);
        return;
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal;
        const waitMs = Math.max(1, refusal.msBeforeNext);
        if (performance.now() + waitMs > end) {
          throw new CrmError('rate-limited', 'Our own limit is reached.', { retryAfterMs: waitMs });
        }
        await sleep(waitMs);
      }
    }
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));
