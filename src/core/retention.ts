/**
 * What a rule is about. Of interactions: `messages`, `calls`, and by what became of them `parked`, `ignored`, `failed`.
 * `files`: what was sent with them, alone. `notices`: what a source tells that belongs to no message or call.
 */
export const retentionClasses = [
  'messages',
  'calls',
  'files',
  'parked',
  'ignored',
  'failed',
  'notices',
] as const;
export type RetentionClass = (typeof retentionClasses)[number];

/** How long something is kept. */
export interface RetentionRule {
  /** names the rule in the trail */
  readonly id: string;
  /** without it: all interactions and notices */
  readonly class?: RetentionClass | undefined;
  readonly source?: string | undefined;
  /** the firm's, E.164 */
  readonly numbers?: readonly string[] | undefined;
  /** ISO 8601 duration, from the time of the message or call: `P7Y` */
  readonly keep: string;
  /** an erasure request is refused before the term */
  readonly obligation: boolean;
}

/** Rules that nobody has to write: people found to be excluded after something of them was recorded. */
export const excludedRule = 'excluded-person';
/** What the policy `parkedEnd: purge` does. */
export const parkedRule = 'parked-too-long';
/** Under which an erasure request destroys. */
export const erasureRule = 'erasure-request';

/** The rules that may be about a whole interaction; the first that fits is the one that counts. */
export function interactionRules(rules: readonly RetentionRule[]): RetentionRule[] {
  return rules.filter((rule) => rule.class !== 'files' && rule.class !== 'notices');
}

/** The same for what belongs to no interaction. */
export function noticeRules(rules: readonly RetentionRule[]): RetentionRule[] {
  return rules.filter((rule) => rule.class === undefined || rule.class === 'notices');
}

/** The same for files alone. */
export function fileRules(rules: readonly RetentionRule[]): RetentionRule[] {
  return rules.filter((rule) => rule.class === 'files');
}
