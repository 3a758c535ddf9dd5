/** What is logged on a contact, in figures. Times are ISO 8601 UTC. */
export interface ContactHistory {
  /** the newest from the person; absent: none yet */
  readonly lastInboundAt?: string;
  /** the newest to the person; absent: none yet */
  readonly lastOutboundAt?: string;
  readonly lastAt?: string;
  readonly count: number;
  readonly messages: number;
  readonly calls: number;
}
