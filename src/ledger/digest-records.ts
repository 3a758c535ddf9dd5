import type { ContactRef } from '../core/activity.ts';
import type { Interaction } from '../core/interaction.ts';

/** An activity on its way into a record that shows several. */
export interface DigestJoin {
  readonly key: string;
  /** whose, of which number and by which rule (and of a day: which one): digests of one slot follow each other */
  readonly slot: string;
  readonly contact: ContactRef;
  /** ISO 8601: when it happened */
  readonly at: string;
  /** it belongs to a conversation that was quiet for at most so long. Undefined: the slot says everything */
  readonly gapMs?: number;
}

/** One record that shows several messages and calls. */
export interface Digest {
  /** of the record */
  readonly key: string;
  readonly contact: ContactRef;
  /** 1, and more where one record was not enough */
  readonly part: number;
  readonly recordId?: string;
  /** hashes of what the record shows, by field */
  readonly shown?: Shown;
  /** the same of what was sent since, of which nobody knows whether it arrived */
  readonly sent?: Shown;
  /** in the order in which things happened; none: they are all in other records by now */
  readonly members: readonly DigestMember[];
}

export interface DigestMember {
  readonly key: string;
  readonly interaction: Interaction;
  /** the message that this one answers, where it was captured */
  readonly quoted?: Interaction;
}

/** Hashes of a record's fields. */
export type Shown = Readonly<Record<string, string>>;

/** What is known of a digest's record. */
export interface DigestSettlement {
  readonly key: string;
  /** undefined: as it was */
  readonly recordId?: string;
  /** what it shows, and what is about to be sent; undefined: as it was */
  readonly shows?: { readonly shown?: Shown; readonly sent?: Shown };
}

/** Why nothing is added to a digest any more: its text is long enough; a person changed the record. */
export type DigestClosed = 'full' | 'changed';
