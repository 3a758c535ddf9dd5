import type { RouteConfig } from './calls.ts';
import { rateLimited } from './errors.ts';
import type { Token } from './tokens.ts';

/** How much an account takes (HubSpot docs, usage guidelines). May be changed while it runs. */
export interface Limits {
  /** requests in any ten seconds of one app */
  burst: number;
  /** requests of all apps with static tokens, until midnight in the account's time zone */
  daily: number;
  /** searches of all apps */
  searchPerSecond: number;
  /** requests in any ten seconds of the OAuth app */
  oauthBurst: number;
  /** requests to the association endpoints in any ten seconds */
  associations: number;
}

/** Professional, as the docs have it. */
export const professional: Limits = {
  burst: 190,
  daily: 650_000,
  searchPerSecond: 5,
  oauthBurst: 110,
  associations: 150,
};

type Header = readonly [name: string, value: string];

const windowMs = 10_000;

/** The policies: rolling ten seconds of each app, of the association endpoints, searches per second, the day. */
export class Limiter {
  readonly #limits: Limits;
  readonly #now: () => Date;
  readonly #dayIn: Intl.DateTimeFormat;
  readonly #recent = new Map<string, number[]>();
  #day = '';
  #today = 0;

  /** @param timeZone of the account, IANA name: its day ends at midnight there */
  constructor(limits: Limits, now: () => Date, timeZone: string) {
    this.#limits = limits;
    this.#now = now;
    this.#dayIn = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' });
  }

  /** Other apps of the account make so many calls. */
  useUp(calls: number): void {
    this.#turnDay();
    this.#today += calls;
  }

  /**
   * Counts one request and gives its rate-limit headers: none for searches and associations, no daily ones for OAuth.
   * Throws 429.
   */
  pass(limit: RouteConfig['limit'], name: string, token: Token): Header[] {
    const { associations, burst, daily, oauthBurst, searchPerSecond } = this.#limits;
    this.#turnDay();
    const countsDaily = token.oauth !== true;
    if (countsDaily && this.#today >= daily) throw rateLimited('DAILY');
    if (limit === 'search' && !this.#take('searches', searchPerSecond, 1_000)) throw rateLimited('SECONDLY');
    if (countsDaily) this.#today += 1;
    if (limit === 'search') return [];
    const app = appOf(name, token);
    const [window, most] =
      limit === 'associations'
        ? [`associations of ${app}`, associations]
        : [app, token.oauth ? oauthBurst : burst];
    if (!this.#take(window, most, windowMs)) throw rateLimited('TEN_SECONDLY_ROLLING');
    return limit === undefined ? this.#headers(token, app) : [];
  }

  #headers(token: Token, app: string): Header[] {
    const { burst, daily, oauthBurst } = this.#limits;
    const most = token.oauth ? oauthBurst : burst;
    const used = this.#recent.get(app)?.length ?? 0;
    const short: Header[] = [
      ['X-HubSpot-RateLimit-Max', String(most)],
      ['X-HubSpot-RateLimit-Remaining', String(most - used)],
      ['X-HubSpot-RateLimit-Interval-Milliseconds', String(windowMs)],
    ];
    if (token.oauth) return short;
    return [
      ...short,
      ['X-HubSpot-RateLimit-Daily', String(daily)],
      ['X-HubSpot-RateLimit-Daily-Remaining', String(Math.max(0, daily - this.#today))],
    ];
  }

  #take(window: string, most: number, spanMs: number): boolean {
    const at = this.#now().getTime();
    const recent = (this.#recent.get(window) ?? []).filter((each) => each > at - spanMs);
    this.#recent.set(window, recent);
    if (recent.length >= most) return false;
    recent.push(at);
    return true;
  }

  #turnDay(): void {
    const day = this.#dayIn.format(this.#now());
    if (day !== this.#day) [this.#day, this.#today] = [day, 0];
  }
}

/** All tokens of the OAuth app are one app. */
const appOf = (name: string, token: Token): string => (token.oauth ? 'oauth' : `app ${name}`);
