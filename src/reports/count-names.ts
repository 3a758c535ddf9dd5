import type { ReportCounts } from '../core/daily-report.ts';

/** In the order in which people read them: what came in, and what became of it. */
export const countNames = [
  'received',
  'logged',
  'pending',
  'parked',
  'excluded',
  'ignored',
  'failed',
  'withoutContent',
] as const satisfies readonly (keyof ReportCounts)[];

/** Heads of columns. */
export const countHeads: Readonly<Record<(typeof countNames)[number], string>> = {
  received: 'received',
  logged: 'logged',
  pending: 'pending',
  parked: 'parked',
  excluded: 'excluded',
  ignored: 'ignored',
  failed: 'failed',
  withoutContent: 'content not captured',
};
