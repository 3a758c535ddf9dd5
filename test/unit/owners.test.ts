import { describe, expect, test } from '@jest/globals';
import { CrmError } from '../../src/core/errors.ts';
import type { Interaction } from '../../src/core/interaction.ts';
import type { CrmUser, RelatedRecord, RelateSubject } from '../../src/destinations/destination.ts';
import { CrmUsers } from '../../src/directory/crm-users.ts';
import { ownerOf } from '../../src/pipeline/owners.ts';
import { Related } from '../../src/pipeline/related.ts';

const user = (email: string, active = true): CrmUser => ({
  id: `id of ${email}`,
  email,
  name: email,
  active,
});
const call = { businessNumber: '+15550783881', occurredAt: '2026-07-01T00:30:00.000Z' } as Interaction;

describe('the owner of a record', () => {
  const users = (list: readonly CrmUser[]) => {
    const crm = { asked: 0, users: async () => ((crm.asked += 1), [...list]) };
    return { crm, known: new CrmUsers(crm) };
  };
  const ownerWith = (list: readonly CrmUser[], holder: string | undefined, fallback?: string) => {
    const { crm, known } = users(list);
    const rules = {
      holderOn: (number: string, day: string) =>
        number === '+15550783881' && day === '2026-07-01' ? holder : 'somebody@else.example',
      ...(fallback !== undefined && { fallback }),
      activeUser: (email: string) => known.activeWith(email),
    };
    return ownerOf(rules, call).then((owner) => ({ owner: owner?.email, asked: crm.asked }));
  };

  test('is who held the number on the day of the message, in capitals or not', async () => {
    const { owner } = await ownerWith([user('Ben@Example.com')], 'ben@example.com');
    expect(owner).toBe('Ben@Example.com');
  });

  test('is the fallback when the holder is inactive or no user, or nobody holds the number', async () => {
    const list = [user('ben@example.com', false), user('desk@example.com')];
    for (const holder of ['ben@example.com', 'stranger@example.com', undefined])
      expect((await ownerWith(list, holder, 'desk@example.com')).owner).toBe('desk@example.com');
  });

  test('is nobody in particular when neither is an active user', async () => {
    const { owner } = await ownerWith([user('ben@example.com', false)], 'ben@example.com');
    expect(owner).toBeUndefined();
  });

  test('costs no call when nobody is named', async () => {
    expect(await ownerWith([], undefined)).toEqual({ owner: undefined, asked: 0 });
  });

  test('is not guessed when the CRM cannot say, and asked for again', async () => {
    let down = true;
    const known = new CrmUsers({
      users: async () => {
        if (down) throw new CrmError('unavailable', '');
        return [user('ben@example.com')];
      },
    });
    await expect(known.activeWith('ben@example.com')).rejects.toMatchObject({ code: 'unavailable' });
    down = false;
    expect(await known.activeWith('ben@example.com')).toMatchObject({ active: true });
  });
});

describe('what else a record is put on', () => {
  const contact = (id: string, ownerId?: string): RelateSubject => ({
    type: 'contact',
    id,
    ...(ownerId !== undefined && { ownerId }),
  });
  const deal: RelatedRecord = { type: 'deal', id: '7' };
  const crm = (answer: () => RelatedRecord[]) => {
    const asked: RelateSubject[][] = [];
    const relate = async (subjects: readonly RelateSubject[]) => {
      asked.push([...subjects]);
      return subjects.map(answer);
    };
    return { id: 'marketing', asked, relate };
  };
  const rule = { company: 'primary', deal: 'only' } as const;

  test('is asked for once for each contact and owner, together', async () => {
    const destination = crm(() => [deal]);
    const related = new Related(destination, rule, () => undefined);
    const subjects = [contact('1'), contact('2'), contact('1'), contact('1', 'ben')];
    expect(await related.find(subjects)).toEqual([[deal], [deal], [deal], [deal]]);
    await related.find(subjects);
    expect(destination.asked).toEqual([[contact('1'), contact('2'), contact('1', 'ben')]]);
  });

  test('is nothing, without a call, when the rule says so', async () => {
    const destination = crm(() => [deal]);
    const related = new Related(destination, { company: 'none', deal: 'none' }, () => undefined);
    expect(await related.find([contact('1')])).toEqual([[]]);
    expect(destination.asked).toEqual([]);
  });

  test('is nothing and told where the permission is missing, and an error where the CRM cannot say', async () => {
    const told: string[] = [];
    let code: 'permission-missing' | 'unavailable' = 'permission-missing';
    const destination = crm(() => {
      throw new CrmError(code, 'no scope');
    });
    const related = new Related(destination, rule, (reason) => void told.push(reason));
    expect(await related.find([contact('1')])).toEqual([[]]);
    expect(told).toHaveLength(1);
    code = 'unavailable';
    await expect(related.find([contact('2')])).rejects.toMatchObject({ code: 'unavailable' });
  });
});
