/** What is asked of the process with the CRMs. */
export type Ask =
  | { readonly ask: 'addresses' }
  | { readonly ask: 'counts' }
  | {
      readonly ask: 'figures';
      readonly number: string;
      /** provider ids of what was sent */
      readonly ids: readonly string[];
      /** milliseconds since 1970 */
      readonly sentAt: Float64Array;
      /** milliseconds since 1970; infinite: nothing came */
      readonly answeredAt: Float64Array;
      /** what each was answered; 0: nothing came */
      readonly statuses: Uint16Array;
    }
  | { readonly ask: 'poison'; readonly kind: string };

export interface Answers {
  readonly addresses: {
    readonly salesforce: string;
    readonly hubspot: string;
    readonly accessToken: string;
    readonly contactIds: Readonly<Record<Crm, readonly string[]>>;
  };
  readonly counts: Readonly<Record<Crm, number>> & { readonly calls: Readonly<Record<Crm, number>> };
  readonly figures: Readonly<Record<Crm, Figures>>;
  readonly poison: void;
}

export type Crm = 'sales' | 'marketing';

export interface CrmRecordTime {
  readonly key: string;
  /** records of one lane keep their order */
  readonly lane: string;
  /** milliseconds since 1970 */
  readonly at: number;
}

/** What became of everything that was sent, in one CRM. */
export interface Figures {
  /** of what was sent here */
  readonly records: number;
  /** acknowledged and not there */
  readonly lost: number;
  /** there more than once */
  readonly doubled: number;
  /** made after a later one of the same contact, which was sent when this one was acknowledged already */
  readonly outOfOrder: number;
  /** there although it was answered 503 */
  readonly loggedThoughShed: number;
  /** milliseconds from the sending to the record */
  readonly lag: Spread;
}

export interface Spread {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** Percentiles; zeros of nothing. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round((sorted[Math.floor((sorted.length - 1) * share)] ?? 0) * 10) / 10;
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) };
}

/** @param records in the order in which they were made @param keys of what was sent, in its order */
export function figuresOf(
  records: readonly CrmRecordTime[],
  keys: readonly string[],
  {
    sentAt,
    answeredAt,
    statuses,
  }: Pick<Extract<Ask, { ask: 'figures' }>, 'sentAt' | 'answeredAt' | 'statuses'>,
): Figures {
  const nth = new Map(keys.map((key, index) => [key, index]));
  const seen = new Uint8Array(keys.length);
  const lanes = new Map<string, number[]>();
  const lags: number[] = [];
  for (const { key, lane, at } of records) {
    const index = nth.get(key);
    if (index === undefined) continue;
    seen[index] = (seen[index] ?? 0) + 1;
    lags.push(at - (sentAt[index] ?? 0));
    const made = lanes.get(lane) ?? [];
    lanes.set(lane, made);
    made.push(index);
  }
  const count = (isSo: (index: number) => boolean) =>
    keys.reduce((sum, _key, index) => sum + (isSo(index) ? 1 : 0), 0);
  // What is sent beside each other has no order among itself.
  const isAfter = (later: number, index: number) =>
    later > index && (sentAt[later] ?? 0) > (answeredAt[index] ?? Infinity);
  const overtaken = (made: readonly number[]) =>
    made.filter((index, place) => made.slice(0, place).some((earlier) => isAfter(earlier, index))).length;
  return {
    records: count((index) => seen[index] !== 0),
    lost: count((index) => statuses[index] === 200 && seen[index] === 0),
    doubled: count((index) => (seen[index] ?? 0) > 1),
    outOfOrder: [...lanes.values()].reduce((sum, made) => sum + overtaken(made), 0),
    loggedThoughShed: count((index) => statuses[index] === 503 && seen[index] !== 0),
    lag: spreadOf(lags),
  };
}
