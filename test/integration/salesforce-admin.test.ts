import { afterEach, describe, expect, it } from '@jest/globals';
import { keyField, makeItem, startPair } from './salesforce-support.ts';

let pair: Awaited<ReturnType<typeof startPair>>;
afterEach(() => pair.close());

const begin = async (options: Parameters<typeof startPair>[0] = {}) => {
  pair = await startPair(options);
  return pair.sandbox.addContact({ LastName: 'Silva' });
};
const outcomesOf = async (contact: string, count = 3) =>
  pair.destination.deliver(Array.from({ length: count }, (_, index) => makeItem(`m${index}`, contact)));

describe("an admin's org", () => {
  it('has a validation rule: the record it refuses fails with its words, the others are logged', async () => {
    const contact = await begin();
    pair.sandbox.addRule('Task', ({ [keyField]: key }) =>
      key === makeItem('m1', contact).key ? 'Ask the legal team first.' : undefined,
    );
    expect(await outcomesOf(contact)).toMatchObject([
      { kind: 'delivered' },
      {
        kind: 'permanent',
        code: 'validation-rule',
        reason: expect.stringContaining('Ask the legal team first.'),
      },
      { kind: 'delivered' },
    ]);
  });

  it('hides a field that the mapping names: the destination stops, and nothing is written', async () => {
    const contact = await begin();
    pair.sandbox.hideField('Task', 'Description');
    expect(await outcomesOf(contact)).toMatchObject(
      [0, 1, 2].map(() => ({ kind: 'throttled', code: 'field-unknown' })),
    );
    expect(pair.sandbox.rows('Task')).toEqual([]);
  });

  it('hides the key field: the destination stops and says which', async () => {
    const contact = await begin();
    pair.sandbox.hideField('Task', keyField);
    const [first] = await outcomesOf(contact);
    expect(first).toMatchObject({ kind: 'throttled', code: 'key-field-missing' });
    const findings = await pair.destination.check();
    expect(findings.filter(({ level }) => level === 'error').map(({ code }) => code)).toContain(
      'key-field-missing',
    );
  });

  it.each(['create', 'read'] as const)(
    'does not let the user %s tasks: told by check, and nothing is lost',
    async (right) => {
      const contact = await begin();
      pair.sandbox.forbid(right, 'Task');
      const outcomes = await outcomesOf(contact);
      expect(new Set(outcomes.map(({ kind }) => kind))).not.toContain('delivered');
      expect(outcomes.every((one) => one.kind === 'throttled')).toBe(true);
      const errors = (await pair.destination.check()).filter(({ level }) => level === 'error');
      expect(errors.map(({ subject }) => subject)).toContain('Task');
    },
  );

  it('does not let the user read leads: contacts are matched all the same', async () => {
    await begin();
    pair.sandbox.addContact({ LastName: 'Souza', Phone: '+4915112345678' });
    pair.sandbox.forbid('read', 'Lead');
    const found = await pair.destination.lookup([{ address: '+4915112345678', national: '15112345678' }]);
    expect(found.map(({ type }) => type)).toEqual(['Contact']);
  });

  it('has Shared Activities: told by check; an update leaves the people whom a rep added', async () => {
    const contact = await begin({ sharedActivities: true });
    const other = pair.sandbox.addContact({ LastName: 'Souza' });
    const [first] = await outcomesOf(contact, 1);
    const recordId = first?.kind === 'delivered' ? first.recordId : '';
    pair.sandbox.add('TaskRelation', { TaskId: recordId, RelationId: other });
    await pair.destination.deliver([{ ...makeItem('m0', contact), recordId }]);
    expect(pair.sandbox.rows('TaskRelation')).toMatchObject([{ TaskId: recordId, RelationId: other }]);
    const subjects = (await pair.destination.check()).map(({ subject }) => subject);
    expect(subjects).toContain('Shared Activities');
  });
});

describe('the seeded mix of faults', () => {
  const run = async (seed: number): Promise<string[]> => {
    const contact = await begin();
    pair.sandbox.faults.mix({ share: 0.1, seed });
    const kinds: string[] = [];
    for (let index = 0; index < 60; index += 1) {
      const [outcome] = await pair.destination.deliver([makeItem(`m${index}`, contact)]);
      kinds.push(outcome?.kind === 'delivered' ? outcome.kind : `${outcome?.kind} ${outcome?.code}`);
    }
    await pair.close();
    return kinds;
  };

  it('is the same for the same seed, another one for another, and has many kinds', async () => {
    const [first, again, other] = [await run(1), await run(1), await run(2)];
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    expect(new Set(first).size).toBeGreaterThan(1);
  });
});
