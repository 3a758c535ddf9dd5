import { describe, expect, it } from '@jest/globals';
import type { AlertChange } from '../../src/core/fact.ts';
import { activityOf, keyOf } from '../support/ledger-data.ts';
import {
  factEvent,
  foldFacts,
  hour,
  learnFact,
  messageOf,
  rebuildFact,
  take,
} from '../support/people-data.ts';
import type { Subject } from './ledger-suite.ts';

const ana = { phone: '+14155550100' };
const named = (name: string, at: string, subject: string, id = 'g1') =>
  factEvent(name, { kind: 'notice', at, topic: 'group_settings_update', group: { id, subject } });

export function groupSuite(subject: Subject): void {
  const subjectOf = async (name: string): Promise<string | undefined> => {
    const found = await subject.current().ledger.interaction(keyOf(name));
    return found?.interaction.group?.subject;
  };

  describe('groups', () => {
    it('calls a group what it was called at the time, else what it was called first', async () => {
      const { ledger } = subject.current();
      await take(ledger, named('n1', hour(5), 'First'), named('n2', hour(9), 'Second'));
      await take(
        ledger,
        messageOf('a', hour(1), ana, 'g1'),
        messageOf('b', hour(6), ana, 'g1'),
        messageOf('c', hour(10), ana, 'g1'),
        messageOf('d', hour(10), ana, 'other'),
      );
      expect(await Promise.all(['a', 'b', 'c', 'd'].map(subjectOf))).toEqual([
        'First',
        'First',
        'Second',
        undefined,
      ]);
    });

    it('names the messages that came before the name, and only those that it is the name for', async () => {
      const { ledger } = subject.current();
      await take(ledger, messageOf('a', hour(1), ana, 'g1'), messageOf('b', hour(8), ana, 'g1'));
      await take(ledger, named('n2', hour(7), 'Second'));
      expect(await Promise.all(['a', 'b'].map(subjectOf))).toEqual(['Second', 'Second']);
      await ledger.append([named('n1', hour(0), 'First')], []);
      await ledger.fold(10, rebuildFact, learnFact);
      expect(await ledger.backlog()).toMatchObject({ inbox: 1 });
      await foldFacts(ledger);
      expect(await Promise.all(['a', 'b'].map(subjectOf))).toEqual(['First', 'Second']);
      expect(await activityOf(ledger, 'a')).toMatchObject({ revision: 3 });
      expect(await activityOf(ledger, 'b')).toMatchObject({ revision: 2 });
    });

    it('loses no name between a message and its name that are folded at the same time', async () => {
      const { ledger } = subject.current();
      for (let round = 0; round < 8; round += 1) {
        const id = `g${round}`;
        const events = [messageOf(`m${round}`, hour(1), ana, id), named(`n${round}`, hour(0), 'Name', id)];
        await ledger.append(events, []);
        await Promise.all([1, 2].map(() => ledger.fold(1, rebuildFact, learnFact)));
        await foldFacts(ledger);
        expect(await subjectOf(`m${round}`)).toBe('Name');
      }
    });
  });

  describe('alerts', () => {
    const stopped = (raised: boolean): AlertChange => ({
      subject: 'account 1',
      code: 'capture-stopped',
      raised,
      text: 'The account was removed.',
    });

    it('tells what is raised, since when, until it is over', async () => {
      const { ledger } = subject.current();
      await ledger.setAlert({ ...stopped(true), source: 'support', at: hour(1) });
      await ledger.setAlert({ ...stopped(true), source: 'support', at: hour(3) });
      const { raised: _raised, ...shown } = stopped(true);
      expect(await ledger.alerts()).toEqual([{ ...shown, source: 'support', since: hour(1) }]);
      await ledger.setAlert({ ...stopped(false), source: 'support', at: hour(4) });
      expect(await ledger.alerts()).toEqual([]);
      await ledger.setAlert({ ...stopped(true), source: 'support' });
      const [alert] = await ledger.alerts();
      expect(Date.parse(alert?.since ?? '')).toBeGreaterThan(Date.now() - 60_000);
    });

    it('is not changed by news that is older than what is known', async () => {
      const { ledger } = subject.current();
      await ledger.setAlert({ ...stopped(false), source: 'support', at: hour(4) });
      await ledger.setAlert({ ...stopped(true), source: 'support', at: hour(3) });
      expect(await ledger.alerts()).toEqual([]);
    });

    it('is raised and ended by events, in whatever order they are folded', async () => {
      const { ledger } = subject.current();
      const notice = (name: string, at: string, raised: boolean) =>
        factEvent(name, { kind: 'notice', at, topic: 'account_update', alert: stopped(raised) });
      await take(ledger, notice('over', hour(5), false), notice('raised', hour(2), true));
      expect(await ledger.alerts()).toEqual([]);
      await take(ledger, notice('again', hour(6), true));
      expect(await ledger.alerts()).toMatchObject([
        { source: 'support', code: 'capture-stopped', since: hour(6) },
      ]);
    });
  });
}
