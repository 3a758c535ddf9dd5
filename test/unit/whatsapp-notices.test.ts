import { describe, expect, it } from '@jest/globals';
import type { NoticeFact } from '../../src/core/fact.ts';
import { applyGate } from '../../src/pipeline/gate.ts';
import { body, business, factOf, only, sentAt } from '../fixtures/whatsapp/bodies.ts';

function notice(json: unknown): NoticeFact {
  const fact = factOf(only(json));
  if (fact.kind !== 'notice') throw new Error(`a ${fact.kind}, not a notice`);
  return fact;
}

/** An account event as Meta sends it: without the firm's number. */
function account(value: object, field = 'account_update'): object {
  return { entry: [{ id: '77', time: Number(sentAt), changes: [{ field, value }] }] };
}

describe('an event of the account', () => {
  it.each<[string, object, object]>([
    [
      'was disconnected',
      {
        event: 'PARTNER_REMOVED',
        waba_info: { waba_id: '88' },
        disconnection_info: { reason: 'PRIMARY_INACTIVITY', initiated_by: 'SYSTEM' },
      },
      {
        subject: '88',
        code: 'capture-stopped',
        raised: true,
        text: "The app was disconnected from the account by the system (reason: primary inactivity). No messages and calls come in until it is connected again in Meta's settings.",
      },
    ],
    [
      'was taken off',
      { event: 'ACCOUNT_OFFBOARDED' },
      { subject: '77', code: 'capture-stopped', raised: true },
    ],
    ['was deleted', { event: 'ACCOUNT_DELETED' }, { subject: '77', code: 'capture-stopped', raised: true }],
    ['lost the app', { event: 'PARTNER_APP_UNINSTALLED' }, { code: 'capture-stopped', raised: true }],
    ['is back', { event: 'ACCOUNT_RECONNECTED' }, { subject: '77', code: 'capture-stopped', raised: false }],
    [
      'is back at the partner',
      { event: 'PARTNER_ADDED', waba_info: { waba_id: '88' } },
      { subject: '88', code: 'capture-stopped', raised: false },
    ],
    ['has the app again', { event: 'PARTNER_APP_INSTALLED' }, { code: 'capture-stopped', raised: false }],
    [
      'was disabled',
      { event: 'DISABLED_UPDATE', ban_info: { waba_ban_state: 'DISABLE', waba_ban_date: 'June 1, 2026' } },
      {
        code: 'account-restricted',
        raised: true,
        text: expect.stringContaining(
          'has disabled the account on June 1, 2026: no messages and calls come in',
        ),
      },
    ],
    [
      'is going to be disabled',
      { event: 'DISABLED_UPDATE', ban_info: { waba_ban_state: 'SCHEDULE_FOR_DISABLE' } },
      { code: 'account-restricted', raised: true, text: expect.stringContaining('is going to disable') },
    ],
    [
      'was reinstated',
      { event: 'DISABLED_UPDATE', ban_info: { waba_ban_state: 'REINSTATE' } },
      { subject: '77', code: 'account-restricted', raised: false },
    ],
    [
      'was restricted',
      {
        event: 'ACCOUNT_RESTRICTION',
        restriction_info: [{ restriction_type: 'RESTRICTED_BIZ_INITIATED_MESSAGING', expiration: 'June 9' }],
      },
      {
        code: 'account-restricted',
        raised: true,
        text: expect.stringContaining(': restricted biz initiated messaging until June 9.'),
      },
    ],
    [
      'broke a rule',
      { event: 'ACCOUNT_VIOLATION', violation_info: { violation_type: 'SCAM' } },
      { code: 'account-restricted', raised: true, text: expect.stringContaining('(scam)') },
    ],
  ])('says that it %s', (_name, value, alert) => {
    expect(notice(account(value)).alert).toMatchObject(alert);
  });

  it.each([
    ['a price tier', account({ event: 'VOLUME_BASED_PRICING_TIER_UPDATE' })],
    ['no event at all', account({})],
    ['a template', account({ event: 'DISABLED' }, 'message_template_status_update')],
    ['a change of settings', account({ type: 'PHONE_NUMBER_SETTINGS' }, 'account_settings_update')],
    [
      'a kind word',
      account({ entity_id: '77', alert_severity: 'INFORMATIONAL', alert_type: 'OBA' }, 'account_alerts'),
    ],
  ])('raises nothing for %s', (_name, json) => {
    expect(notice(json)).not.toHaveProperty('alert');
  });

  it('tells a critical warning of Meta and its end', () => {
    const value = {
      entity_id: '106',
      alert_severity: 'CRITICAL',
      alert_type: 'LIMIT',
      alert_status: 'ACTIVE',
    };
    const alert = { subject: '106 LIMIT', code: 'account-alert' };
    expect(notice(account(value, 'account_alerts')).alert).toMatchObject({ ...alert, raised: true });
    expect(notice(account({ ...value, alert_status: 'NONE' }, 'account_alerts')).alert).toMatchObject({
      ...alert,
      raised: false,
    });
  });

  it('passes the privacy gate whole, so that the alert is not lost', () => {
    const rules = {
      source: 'support',
      sourceKind: 'whatsapp-cloud',
      businessNumbers: new Set([business]),
      excluded: new Set<string>(),
      hashSecret: 'x',
    };
    const values = [
      { event: 'PARTNER_REMOVED', waba_info: { waba_id: '88' } },
      { event: 'PARTNER_REMOVED', phone_number: '15550783881' },
    ];
    const events = applyGate(
      values.map((value) => only(account(value))),
      rules,
    ).events;
    expect(events.map(({ payload }) => payload)).toMatchObject(values.map((item) => ({ item })));
  });
});

describe('a notice', () => {
  it("names a group's subject when it is made", () => {
    const groups = [{ group_id: 'g1', type: 'group_create', subject: ' Kitchen ', timestamp: 1780308000 }];
    expect(notice(body('group_lifecycle_update', { groups }))).toMatchObject({
      at: '2026-06-01T10:00:00.000Z',
      group: { id: 'g1', subject: 'Kitchen' },
    });
  });

  it.each<[string, object, object | undefined]>([
    ['was changed', { text: 'Bath', update_successful: true }, { id: 'g1', subject: 'Bath' }],
    ['could not be changed', { text: 'Bath', update_successful: false, errors: [{ code: 1 }] }, undefined],
    ['could not be changed, by its errors', { text: 'Bath', errors: [{ code: 1 }] }, undefined],
    ['is not told', { update_successful: true }, undefined],
  ])("names a group's subject only when it %s", (_name, group_subject, group) => {
    const groups = [{ group_id: 'g1', type: 'group_settings_update', group_subject }];
    expect(notice(body('group_settings_update', { groups })).group).toEqual(group);
  });

  it.each<[string, string, object]>([
    ['was deleted', 'group_lifecycle_update', { group_id: 'g1', type: 'group_delete', subject: 'x' }],
    ['could not be made', 'group_lifecycle_update', { type: 'group_create', subject: 'x', errors: [{}] }],
    ['has new participants', 'group_participants_update', { group_id: 'g1', subject: 'x' }],
    ['was suspended', 'group_status_update', { group_id: 'g1', type: 'group_suspend' }],
  ])('says nothing of the name of a group that %s', (_name, field, group) => {
    expect(notice(body(field, { groups: [group] }))).not.toHaveProperty('group');
  });

  it('names both ids of a person of the address book', () => {
    const contact = {
      first_name: 'Ana',
      phone_number: '14155550100',
      user_id: 'US.100',
      parent_user_id: 'US.ENT.1',
      username: '@ana',
    };
    const state_sync = [{ type: 'contact', action: 'add', contact, metadata: { timestamp: sentAt } }];
    expect(notice(body('smb_app_state_sync', { state_sync }))).toMatchObject({
      at: '2026-06-01T10:00:00.000Z',
      person: {
        phone: '+14155550100',
        userId: 'US.100',
        parentUserId: 'US.ENT.1',
        name: 'Ana',
        username: 'ana',
      },
    });
  });

  it('keeps a person who was taken out of the address book', () => {
    const state_sync = [
      { type: 'contact', action: 'remove', contact: { phone_number: '', user_id: 'US.100' } },
    ];
    expect(notice(body('smb_app_state_sync', { state_sync }))).toMatchObject({
      person: { userId: 'US.100' },
      details: { action: 'remove' },
    });
  });

  it('keeps the summary of a conversation that was handed over', () => {
    const value = {
      sender: { user_id: 'US.100' },
      recipient: { display_phone_number: '15550783881' },
      type: 'control_passed',
      control_passed: { conversation_context: { summary: { text: 'Wants a lamp.' } } },
    };
    const json = { entry: [{ changes: [{ field: 'messaging_handovers', value }] }] };
    expect(notice(json)).toMatchObject({
      topic: 'messaging_handovers.control_passed',
      person: { userId: 'US.100' },
      details: { control_passed: { conversation_context: { summary: { text: 'Wants a lamp.' } } } },
    });
  });

  it('says that the firm keeps its history to itself, which is no alarm', () => {
    const history = [{ errors: [{ code: 2593109, title: 'Off' }] }];
    const fact = notice(body('history', { history }));
    expect(fact.topic).toBe('history.declined');
    expect(fact).not.toHaveProperty('alert');
    expect(notice(body('history', { history: [{ errors: [{ code: 1 }] }] })).topic).toBe('history.error');
  });

  it('keeps the progress of a history without threads', () => {
    const history = [{ metadata: { phase: 2, chunk_order: 9, progress: 100 } }];
    expect(notice(body('history', { history }))).toMatchObject({ details: { metadata: { progress: 100 } } });
  });

  it('names who takes no more advertising', () => {
    const user_preferences = [{ wa_id: '', user_id: 'US.100', value: 'stop', timestamp: 1780308000 }];
    expect(notice(body('user_preferences', { user_preferences }))).toMatchObject({
      topic: 'user_preferences',
      person: { userId: 'US.100' },
      details: { value: 'stop' },
    });
  });
});
