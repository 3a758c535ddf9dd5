import { expect, it } from '@jest/globals';
import type { Budget, QuotaNews } from '../../src/core/budget.ts';
import { CrmError } from '../../src/core/errors.ts';
import type { Outcome } from '../../src/core/outcome.ts';
import { settlementOf } from '../../src/pipeline/deliver.ts';
import type { Prepared } from '../../src/pipeline/prepared.ts';
import { address, collect, expectCode, kinds, type DestinationHarness } from './destination-harness.ts';
import type { MakeStage } from './destination-suite.ts';

/** A budget that keeps what it was asked and told; `left` turns and no more. */
class CountingBudget implements Budget {
  readonly turns: ('call' | 'search')[] = [];
  readonly news: QuotaNews[] = [];
  left = Infinity;

  async take(kind: 'call' | 'search'): Promise<void> {
    if (this.left <= 0) throw new CrmError('share-used-up', '', { retryAfterMs: 60_000 });
    this.left -= 1;
    this.turns.push(kind);
  }

  learn(news: QuotaNews): void {
    this.news.push(news);
  }

  async use(): Promise<{ ours: number }> {
    return { ours: this.turns.length };
  }
}

/** What becomes of an activity after this outcome, of its first attempt. */
export function settled(outcome: Outcome) {
  const claimed = { key: outcome.key, revision: 1, attempts: 0 } as Prepared['claimed'];
  const { to, burn = false, delayMs = 0 } = settlementOf({ claimed, contentHash: '' }, outcome, 'mapping');
  return { to, burn, delayMs };
}

const requests = (harness: DestinationHarness): number => harness.calls() - harness.tokenCalls();

/** That every request asks the budget first, and the budget hears what the CRM tells. */
export function budgetCases(stage: MakeStage): void {
  it('sends nothing and burns no attempt when our share is used up, and goes on afterwards', async () => {
    const budget = new CountingBudget();
    const s = await stage(true, budget);
    await s.destination.deliver([s.item('before', s.ana)]);
    const before = requests(s);
    budget.left = 0;
    const items = [...s.items(3, s.ana), s.item('a call', s.ana, { kind: 'call' })];
    const outcomes = await s.destination.deliver(items);
    expect(outcomes.map(({ key }) => key)).toEqual(items.map(({ key }) => key));
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ kind: 'throttled', code: 'share-used-up', retryAfterMs: 60_000 });
      expect(settled(outcome)).toEqual({ to: 'ready', burn: false, delayMs: 0 });
    }
    expect(requests(s)).toBe(before);
    budget.left = Infinity;
    expect(kinds(await s.destination.deliver(items))).toEqual(['delivered']);
    expect(await s.records()).toHaveLength(5);
  });

  it('says of each thing to be read that our share is used up, not that there is none', async () => {
    const budget = new CountingBudget();
    const s = await stage(true, budget);
    budget.left = 0;
    const { destination, ana } = s;
    await expectCode(destination.readBack(s.items(2, ana)), 'share-used-up');
    await expectCode(destination.lookup([address('+14155550100')]), 'share-used-up');
    await expectCode(collect(destination, undefined), 'share-used-up');
    await expectCode(destination.users(), 'share-used-up');
    await expectCode(destination.relate([ana], { company: 'none', deal: 'only' }), 'share-used-up');
    await expectCode(destination.describe('message'), 'share-used-up');
    const fields = { [s.traits.contactField]: 'new' };
    await expectCode(destination.updateContacts([{ contact: ana, fields }]), 'share-used-up');
    expect(s.contactValue(ana.id)).toBe('');
    expect(requests(s)).toBe(0);
    expect((await destination.check()).length).toBeGreaterThan(0);
    expect(requests(s)).toBe(0);
  });

  it('gives one outcome each, and delivered only for what is there, when the share ends within a batch', async () => {
    const budget = new CountingBudget();
    const s = await stage(true, budget);
    const items = [...s.items(3, s.ana), s.item('a call', s.ana, { kind: 'call' })];
    for (let left = 0; left < 3; left += 1) {
      budget.left = left;
      const before = requests(s);
      const outcomes = await s.destination.deliver(items);
      expect(requests(s) - before).toBeLessThanOrEqual(left);
      expect(outcomes.map(({ key }) => key).toSorted()).toEqual(items.map(({ key }) => key).toSorted());
      const records = new Map((await s.records()).map((record) => [record.key, record.recordId]));
      for (const outcome of outcomes) {
        if (outcome.kind === 'delivered') expect(records.get(outcome.key)).toBe(outcome.recordId);
        else expect(outcome).toMatchObject({ kind: 'throttled', code: 'share-used-up' });
      }
    }
    budget.left = Infinity;
    expect(kinds(await s.destination.deliver(items))).toEqual(['delivered']);
    expect(await s.records()).toHaveLength(4);
  });

  it('does not attach without a turn, and attaches later', async () => {
    const budget = new CountingBudget();
    const s = await stage(true, budget);
    const item = s.item('with a file', s.ana);
    const [outcome] = await s.destination.deliver([item]);
    if (outcome?.kind !== 'delivered') throw new Error('not delivered');
    const content = Buffer.from('picture');
    const file = { name: 'a.jpg', mimeType: 'image/jpeg', size: 7, sha256: 'a'.repeat(64) };
    const files = [{ ...file, read: async () => content }];
    const { recordId } = outcome;
    const attach = { key: item.key, kind: 'message' as const, recordId, contact: s.ana, files, attached: {} };
    budget.left = 0;
    expect(await s.destination.attach([attach])).toMatchObject([{ kind: 'failed', code: 'share-used-up' }]);
    expect(s.fileCount()).toBe(0);
    budget.left = Infinity;
    expect(await s.destination.attach([attach])).toMatchObject([{ kind: 'done' }]);
  });

  it('takes one turn for each request, a search turn for a search where searches have their own limit', async () => {
    const budget = new CountingBudget();
    const s = await stage(true, budget);
    const items = s.items(3, s.ana);
    await s.destination.deliver(items);
    await s.destination.readBack(items);
    await s.destination.describe('message');
    expect(budget.turns).not.toContain('search');
    await s.destination.lookup([address('+14155550100')]);
    await collect(s.destination, undefined);
    expect(budget.turns).toHaveLength(requests(s));
    expect(budget.turns.includes('search')).toBe(s.traits.searchTurns);
  });

  it('tells the budget what the CRM says of its limits, and how much of the day is used', async () => {
    const budget = new CountingBudget();
    const s = await stage(true, budget);
    await s.destination.deliver([s.item('one', s.ana)]);
    const first = merged(budget.news);
    expect(first).toMatchObject(s.quota());
    await s.destination.deliver([s.item('two', s.ana)]);
    const used = merged(budget.news).dailyUsed ?? 0;
    if (s.quota().dailyLimit !== undefined) expect(used).toBeGreaterThan(first.dailyUsed ?? 0);
  });
}

const merged = (news: readonly QuotaNews[]): QuotaNews => Object.assign({}, ...news) as QuotaNews;
