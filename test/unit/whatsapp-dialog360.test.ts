import { describe, expect, it } from '@jest/globals';
import { interactionKey } from '../../src/core/key.ts';
import { createDialog360 } from '../../src/sources/whatsapp-cloud/index.ts';
import type { EventDraft } from '../../src/sources/source.ts';
import {
  body,
  business,
  call,
  echo,
  factOf,
  incoming,
  received,
  split as splitOfCloud,
  text,
} from '../fixtures/whatsapp/bodies.ts';

const secret = 'p4ss word:with/signs';
const source = createDialog360({ id: 'partner', webhookSecret: secret });
const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

const path = '/webhooks/partner';

function verified(url: string, headers: Record<string, string | string[]>): boolean {
  return source.verify({ body: Buffer.from('{}'), headers, url });
}

function split(json: unknown): EventDraft[] {
  return source.split(Buffer.from(JSON.stringify(json)), received);
}

describe('a 360dialog webhook', () => {
  it.each<[string, string, Record<string, string>]>([
    ['a bearer', path, { authorization: `Bearer ${secret}` }],
    ['a bearer in another spelling', path, { authorization: `bearer  ${secret} ` }],
    ['the password of basic authorization', path, { authorization: basic('anyone', secret) }],
    ['the password without a user', path, { authorization: basic('', secret) }],
    ['a header of its own', path, { 'x-webhook-secret': secret }],
    ['a part of the address', `/webhooks/partner?a=1&secret=${encodeURIComponent(secret)}`, {}],
  ])('is let in with the secret as %s', (_name, url, headers) => {
    expect(verified(url, headers)).toBe(true);
  });

  it.each<[string, string, Record<string, string | string[]>]>([
    ['nothing', path, {}],
    ['another secret', path, { authorization: 'Bearer other' }],
    ['a part of the secret', path, { authorization: `Bearer ${secret.slice(0, -1)}` }],
    ['the secret as a user name', path, { authorization: basic(secret, '') }],
    [
      'basic authorization without a colon',
      path,
      { authorization: `Basic ${Buffer.from(secret).toString('base64')}` },
    ],
    ['another scheme', path, { authorization: `Digest ${secret}` }],
    ['the bare secret', path, { authorization: secret }],
    ['a repeated header', path, { 'x-webhook-secret': [secret, secret] }],
    ['the secret as the path', `/webhooks/${encodeURIComponent(secret)}`, {}],
    ['an empty secret', '/webhooks/partner?secret=', { 'x-webhook-secret': '' }],
  ])('is refused with %s', (_name, url, headers) => {
    expect(verified(url, headers)).toBe(false);
  });

  it('is refused whatever it brings while no secret is set', () => {
    const open = createDialog360({ id: 'partner', webhookSecret: '' });
    const requests = [
      { headers: {}, url: '/webhooks/partner' },
      { headers: { 'x-webhook-secret': '' }, url: '/webhooks/partner?secret=' },
      { headers: { authorization: 'Bearer ' }, url: '/' },
      { headers: { authorization: basic('', '') }, url: '/' },
    ];
    expect(requests.map((request) => open.verify({ body: Buffer.from('{}'), ...request }))).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });

  it('answers no challenge', () => {
    const query = { 'hub.mode': 'subscribe', 'hub.challenge': '1', 'hub.verify_token': secret };
    expect(source.challenge(query)).toBeUndefined();
  });

  it('gives interactions keys of its own kind, in replies too', () => {
    const [draft] = split(incoming({ ...text('Yes'), context: { id: 'wamid.before' } }));
    const key = (id: string): string => interactionKey('360dialog', business, id);
    if (!draft) throw new Error('no event');
    expect([source.kind, draft.interactionKey]).toEqual(['360dialog', key('wamid.one')]);
    expect(factOf(draft, 1, '360dialog')).toMatchObject({
      kind: 'message',
      content: { text: 'Yes', replyTo: { key: key('wamid.before'), providerId: 'wamid.before' } },
    });
  });

  it('gives no event the identity of one of a Cloud API app', () => {
    const bodies = [
      incoming(text('a')),
      call({ event: 'connect' }),
      body('new', { a: 1 }),
      { strange: true },
    ];
    const all = bodies.flatMap((each) => [...split(each), ...splitOfCloud(each)]);
    expect(new Set(all.map(({ dedupeKey }) => dedupeKey)).size).toBe(8);
  });

  it('carries the echoes of the phone as the Cloud API does', () => {
    const [draft] = split(echo(text('On my way')));
    expect(draft && factOf(draft, 1, '360dialog')).toMatchObject({
      direction: 'outbound',
      via: 'echo',
      person: { phone: '+14155550100' },
    });
  });

  describe('of the partner, wrapped', () => {
    const metadata = { display_phone_number: '15550783881', phone_number_id: '106' };
    const wrapped = (event: string, data: object): object => ({
      id: 'evt_1',
      event,
      data: { id: '1', messaging_product: 'whatsapp', metadata, ...data },
    });
    const facts = (json: object): unknown[] => split(json).map((draft) => factOf(draft, 1, '360dialog'));

    it('brings history', () => {
      const messages = [
        { from: '15550783881', to: '14155550100', id: 'wamid.h1', timestamp: '1780308000', ...text('Hello') },
        { from: '14155550100', id: 'wamid.h2', timestamp: '1780308060', ...text('Hi') },
      ];
      const chunk = { metadata: { phase: 0, chunk_order: 1, progress: 100 } };
      const history = [{ ...chunk, threads: [{ id: '14155550100', messages }] }];
      expect(facts(wrapped('history', { history }))).toMatchObject([
        { kind: 'message', via: 'history', direction: 'outbound', person: { phone: '+14155550100' } },
        { kind: 'message', via: 'history', direction: 'inbound', content: { text: 'Hi' } },
      ]);
    });

    it('brings the file that follows a placeholder, to the same message', () => {
      const placeholder = {
        from: '14155550100',
        id: 'wamid.h3',
        type: 'media_placeholder',
        timestamp: '1780308000',
      };
      const first = wrapped('history', {
        history: [{ threads: [{ id: '14155550100', messages: [placeholder] }] }],
      });
      const second = wrapped('history', {
        messages: [{ ...placeholder, type: 'image', image: { id: '9', caption: 'Plan' } }],
      });
      const drafts = [first, second].flatMap(split);
      expect(new Set(drafts.map(({ interactionKey: key }) => key)).size).toBe(1);
      expect(new Set(drafts.map(({ dedupeKey }) => dedupeKey)).size).toBe(2);
    });

    it('brings the address book', () => {
      const contact = { full_name: 'Ana S.', phone_number: '14155550100', user_id: 'US.100' };
      const state_sync = [{ type: 'contact', action: 'add', contact, metadata: { timestamp: '1780308000' } }];
      expect(facts(wrapped('smb_app_state_sync', { state_sync }))).toMatchObject([
        { kind: 'notice', person: { phone: '+14155550100', userId: 'US.100', name: 'Ana S.' } },
      ]);
    });

    it('brings what nobody here knows, kept whole', () => {
      const drafts = split(wrapped('brand_new', { things: [{ wa_id: '14155550100' }] }));
      expect(drafts).toMatchObject([{ kind: 'unrecognised', businessNumber: business }]);
    });
  });
});
