import type { Interaction } from '../../src/core/interaction.ts';
import { Readable } from 'node:stream';
import type {
  AuditEntry,
  Hold,
  KeyStatus,
  MappingVersion,
  MissingItem,
  Purge,
  Quarantined,
} from '../../src/ledger/ledger.ts';
import type { LinkedConversation, LinkedView } from '../../src/pipeline/chats.ts';
import type {
  ConsoleOperations,
  Operations,
  Report,
  Status,
  Waiting,
} from '../../src/pipeline/operations.ts';
import type { ReportView } from '../../src/pipeline/reports.ts';
import type { ErasureAnswer } from '../../src/pipeline/retention-operations.ts';
import type { LinkedDrift } from '../../src/pipeline/drift-operations.ts';
import type { SealState } from '../../src/pipeline/seal-operations.ts';
import type { Verification } from '../../src/pipeline/verify.ts';

export const key = 'ab'.repeat(32);
/** id of the chat that the interaction is in */
export const chat = 'ef'.repeat(16);
export const verification: Verification = {
  ok: false,
  seals: 2,
  records: 9,
  purged: 1,
  unsealed: 3,
  sealedUpTo: '2026-03-01T10:00:00.000Z',
  signatures: 'no key',
  copies: [{ place: 'folder /seals', compared: 2 }],
  findings: [{ kind: 'altered', seal: 2, record: 'events 7', text: 'it is not what was sealed' }],
};

export const sealState: SealState = {
  last: { number: 2, at: '2026-03-01T10:00:00.000Z', hash: 'ab'.repeat(32), signed: true },
  copies: [{ place: 'folder /seals', number: 1, error: 'ENOSPC: no space left', isReadable: true }],
};

export const fileHash = 'cd'.repeat(32);

export const keyStatus: KeyStatus = {
  isOn: true,
  masterKeys: [
    { id: 'year-2027', kind: 'aws-kms', contentKeys: 1, fileKeys: 0 },
    { id: 'year-2026', kind: 'local', contentKeys: 12, fileKeys: 3 },
  ],
  destroyed: 2,
  clear: { events: 7, interactions: 4 },
};
export const status: Status = {
  version: '1.2.3',
  ledger: 'embedded',
  queue: 'embedded',
  sources: [{ id: 'support', kind: 'whatsapp-cloud', businessNumbers: ['+15550783881'] }],
  destinations: [
    {
      destination: 'sales',
      type: 'salesforce',
      state: 'running',
      directoryPulledAt: '2026-03-01T10:00:00.000Z',
    },
    {
      destination: 'marketing',
      type: 'hubspot',
      state: 'stopped',
      code: 'auth-failed',
      reason: 'HubSpot said 401.',
    },
  ],
  backlog: {
    inbox: 0,
    inboxAgeSeconds: 0,
    stuck: 0,
    destinations: [
      { destination: 'sales', states: { delivered: 5, parked: 1 }, backlogAgeSeconds: 0 },
      { destination: 'marketing', states: { ready: 2, failed: 1 }, backlogAgeSeconds: 120 },
    ],
    unrecognised: 0,
  },
  drift: [{ destination: 'sales', kind: 'changed', count: 2 }],
  alerts: [],
};

const counts = {
  received: 8,
  logged: 4,
  pending: 1,
  parked: 1,
  excluded: 1,
  ignored: 0,
  failed: 1,
  withoutContent: 2,
};

export const report: Report = {
  from: '2026-02-16',
  to: '2026-03-01',
  totals: counts,
  rows: [{ source: 'support', businessNumber: '+15550783881', day: '2026-03-01', ...counts }],
};

export const missing: MissingItem = {
  what: 'content',
  id: key,
  messageId: 'wamid.1',
  source: 'support',
  businessNumber: '+15550783881',
  day: '2026-03-01',
};

export const daily: ReportView = {
  number: 3,
  day: '2026-03-01',
  at: '2026-03-02T06:00:00.000Z',
  hash: 'ab'.repeat(32),
  sends: [{ recipient: 'folder /reports', state: 'sent', attempts: 1, sentAt: '2026-03-02T06:00:01.000Z' }],
  report: {
    format: 'wcs-daily-report-1',
    day: '2026-03-01',
    madeAt: '2026-03-02T06:00:00.000Z',
    totals: counts,
    rows: [{ ...report.rows[0]!, owner: 'ana@example.com' }],
    owners: [{ owner: 'ana@example.com', ...counts }],
    changed: [],
    sources: [],
    notAsked: [{ source: 'support', reason: 'it has no access token in the settings' }],
    waiting: { inbox: 0, inboxAgeSeconds: 0, stuck: 0, unrecognised: 0, groups: [] },
    alerts: [],
    seals: { copies: [] },
    verified: {
      new: { after: 0, upTo: 0 },
      older: { after: 0, upTo: 0 },
      records: 0,
      findings: 0,
      texts: [],
    },
    drift: [],
    quarantine: [],
    destroyed: [],
    upToEvent: 9,
  },
};

export const waiting: Waiting = {
  destination: 'sales',
  key,
  state: 'parked',
  reason: 'no-contact',
  revision: 1,
  attempts: 0,
  changedAt: '2026-03-01T10:00:01.000Z',
  title: 'WhatsApp message from +1 415 555 0100',
  person: '+14155550100',
  occurredAt: '2026-03-01T10:00:00.000Z',
};

const interaction: Interaction = {
  key,
  kind: 'message',
  source: 'support',
  sourceKind: 'whatsapp-cloud',
  businessNumber: '+15550783881',
  providerId: 'wamid.1',
  direction: 'inbound',
  occurredAt: '2026-03-01T10:00:00.000Z',
  person: { phone: '+14155550100' },
  content: { type: 'text', text: 'hello' },
  earlier: [],
  reactions: [],
  via: 'live',
};

const view: LinkedView = {
  interaction,
  conversation: chat,
  revision: 1,
  withoutContent: false,
  activities: [
    {
      destination: 'sales',
      key,
      state: 'parked',
      reason: 'no-contact',
      revision: 1,
      attempts: 0,
      changedAt: '2026-03-01T10:00:01.000Z',
    },
  ],
};

const conversation: LinkedConversation = {
  id: chat,
  businessNumber: '+15550783881',
  phone: '+14155550100',
  name: 'Ana',
  firstAt: '2026-03-01T10:00:00.000Z',
  lastAt: '2026-03-01T10:00:00.000Z',
  last: view,
  contacts: [{ destination: 'sales', type: 'Contact', id: '003', name: 'Ana Silva' }],
};

const auditEntry: AuditEntry = {
  id: 7,
  at: '2026-03-01T10:00:00.000Z',
  actor: 'ana',
  action: 'parked.ignore',
  subject: 'sales',
  detail: { count: 1, keys: [key], reason: 'private' },
};

const version: MappingVersion = {
  id: 1,
  destination: 'sales',
  version: '0123456789ab',
  body: '# note\nversion: 1\nmessage: { fields: {} }\ncall: { fields: {} }\n',
  origin: 'file',
  author: 'settings file',
  why: 'first start',
  at: '2026-03-01T10:00:00.000Z',
};

const quarantined: Quarantined = {
  id: 4711,
  source: 'support',
  receivedAt: '2026-03-01T10:00:00.000Z',
  state: 'waiting',
  keyName: 'ab'.repeat(8),
};

function fakeQuarantine(note: Note): Operations['quarantine'] {
  const { keyName: _name, ...view } = quarantined;
  const isThere = (id: number) => id === quarantined.id;
  return {
    list: note('quarantine.list', (_filter: object) => ({ items: [quarantined] })),
    open: note('quarantine.open', (id: number, _by: string) =>
      isThere(id) ? { ...view, outline: { shape: {} }, content: { words: 'hello' } } : undefined,
    ),
    release: note('quarantine.release', (id: number, _number: string, _by: string) =>
      isThere(id) ? { events: 1, excluded: 0, understood: true } : undefined,
    ),
    discard: note(
      'quarantine.discard',
      (ids: readonly number[], _by: string) => ids.filter((id) => isThere(id)).length,
    ),
  };
}

type Note = <A extends unknown[], R>(name: string, answer: (...args: A) => R) => (...args: A) => Promise<R>;

function fakeMappings(note: Note): Operations['mappings'] {
  const { body: _body, ...entry } = version;
  return {
    get: note('mappings.get', (_destination: string) => version),
    history: note('mappings.history', (_destination: string) => [{ ...entry, difference: [] }]),
    fields: note('mappings.fields', (_destination: string) => []),
    check: note('mappings.check', (_destination: string, _text: string) => []),
    publish: note('mappings.publish', (_destination: string, _request: object) => ({
      version,
      rewritten: 0,
    })),
    rollBack: note('mappings.rollBack', (_destination: string, _request: object) => ({
      version,
      rewritten: 2,
    })),
    rewrite: note('mappings.rewrite', (_destination: string, _range: object, _by?: string) => 3),
  };
}

export const purge: Purge = {
  id: 3,
  at: '2026-03-01T10:00:00.000Z',
  actor: 'retention',
  kind: 'retention',
  rule: 'old-messages',
  interactions: 2,
  events: 5,
  files: 1,
};

export const hold: Hold = {
  id: 4,
  person: '+14155550100',
  reason: 'case 7',
  placedBy: 'ana',
  placedAt: '2026-03-01T10:00:00.000Z',
};

export const erasure: ErasureAnswer = {
  id: 9,
  found: 5,
  erased: 3,
  held: 1,
  obliged: 1,
  waiting: 0,
  state: 'partly-refused',
  dryRun: false,
  records: [{ destination: 'sales', key, kind: 'message', id: '00T1' }],
  unread: 0,
  left: [],
  earlier: [],
};

const {
  dryRun: _dryRun,
  records: _records,
  unread: _unread,
  left: _left,
  earlier: _earlier,
  ...counted
} = erasure;
const request = { ...counted, id: 9, at: '2026-03-01T10:00:00.000Z', actor: 'ana', reason: 'asked' };

function fakeRetention(note: Note): Operations['retention'] {
  const count = { rule: 'old-messages', interactions: 2, events: 1, files: 0, held: 1 };
  return {
    view: note('retention.view', () => ({ rules: [count], appliedAt: '2026-03-01T10:00:00.000Z' })),
    run: note('retention.run', (_by: string) => ({ interactions: 2, events: 5, files: 1, removed: 1 })),
    purges: note('retention.purges', (_filter: object) => ({ items: [purge], cursor: '3' })),
    tombstones: note('retention.tombstones', (_purge: number, _filter: object) => ({
      items: [
        {
          key,
          kind: 'message' as const,
          source: 'support',
          businessNumber: '+15550783881',
          occurredAt: '2026-03-01T10:00:00.000Z',
        },
      ],
    })),
    holds: note('retention.holds', () => [hold]),
    placeHold: note('retention.placeHold', (_hold: object) => hold),
    releaseHold: note('retention.releaseHold', (id: number, _by: string, _reason: string) => id === hold.id),
    erase: note('retention.erase', (_request: object) => erasure),
    erasures: note('retention.erasures', (_limit: number) => [request]),
  };
}

function fakeChats(note: Note): Pick<ConsoleOperations, 'chats' | 'waiting' | 'keepAudit'> {
  return {
    keepAudit: note('keepAudit', (_entry: object) => undefined),
    chats: {
      list: note('chats.list', (_filter: object) => ({ items: [conversation], cursor: 'next' })),
      get: note('chats.get', (id: string) => (id === chat ? conversation : undefined)),
      file: note('chats.file', (_key: string, sha256: string) =>
        sha256 === fileHash
          ? {
              conversation: chat,
              stream: Readable.from(['file']),
              size: 4,
              mimeType: 'text/html',
              fileName: 'a "b".html',
            }
          : undefined,
      ),
    },
    waiting: {
      groups: note('waiting.groups', (_state: string) => [
        {
          destination: 'sales',
          cause: 'no-contact',
          count: 2,
          people: 1,
          since: '2026-03-01T10:00:00.000Z',
        },
      ]),
      people: note('waiting.people', (_state: string, _filter: object) => ({
        items: [
          {
            destination: 'sales',
            cause: 'no-contact',
            conversation: chat,
            count: 2,
            firstAt: '2026-03-01T10:00:00.000Z',
            lastAt: '2026-03-01T10:00:00.000Z',
            newest: view,
            name: 'Ana',
            businessNumber: '+15550783881',
            proposals: [],
          },
        ],
      })),
      keys: note('waiting.keys', (_state: string, _destination: string, _choice: object) => [key]),
      create: note('waiting.create', (..._asked: unknown[]) => ({ made: 1, refused: [] })),
      restore: note(
        'waiting.restore',
        (_destination: string, keys: readonly string[], _by: string) => keys.length,
      ),
      findPeople: note('waiting.findPeople', (_destination: string, _text: string) => [
        { type: 'Contact', id: '003', name: 'Ana Silva', phones: ['+14155550100'], userIds: [] },
      ]),
    },
  };
}

const drift: LinkedDrift = {
  id: 3,
  destination: 'sales',
  key,
  kind: 'changed',
  activityKey: key,
  recordKind: 'message',
  recordId: '00T1',
  contact: { type: 'Contact', id: '003' },
  occurredAt: '2026-03-01T10:00:00.000Z',
  fields: ['Subject'],
  detail: {},
  foundAt: '2026-03-02T10:00:00.000Z',
  lastSeenAt: '2026-03-03T10:00:00.000Z',
};

function fakeDrift(note: Note): Operations['drift'] {
  return {
    list: note('drift.list', (_filter: object) => ({ items: [drift] })),
    show: note('drift.show', (_destination: string, one: string, _by: string) =>
      one === key
        ? {
            findings: [drift],
            now: ['changed' as const],
            differences: [{ field: 'Subject', now: 'theirs', ours: 'our own', isAsWritten: true }],
          }
        : undefined,
    ),
    restore: note('drift.restore', (_destination: string, one: string, _by: string) => one === key),
    accept: note('drift.accept', (_destination: string, one: string, _by: string) => one === key),
    reconcile: note('drift.reconcile', (_destination: string, { after }: { readonly after?: string }) => ({
      checked: 200,
      missing: 1,
      changed: 2,
      moved: 0,
      double: 0,
      loggedAgain: 1,
      dropped: 0,
      ...(after === undefined && { total: 400, next: 'due' }),
    })),
  };
}

/** Operations with one interaction that is parked; what is asked of them is kept in `asked`. */
export function fakeOperations(asked: unknown[][] = []): ConsoleOperations {
  const note =
    <A extends unknown[], R>(name: string, answer: (...args: A) => R) =>
    async (...args: A) => {
      asked.push([name, ...args]);
      return answer(...args);
    };
  const ofKeys = (keys: readonly string[]) => keys.filter((one) => one === key).length;
  const audit = note('audit', (_filter: object) => ({ items: [auditEntry] }));
  return {
    status: note('status', () => status),
    report: note('report', () => report),
    interactions: note('interactions', (_filter: object) => ({ items: [view], cursor: 'next' })),
    interaction: note('interaction', (one: string) =>
      one === key
        ? {
            ...view,
            events: [
              {
                id: 1,
                source: 'support',
                sourceKind: 'whatsapp-cloud',
                kind: 'message' as const,
                businessNumber: '+15550783881',
                interactionKey: key,
                occurredAt: '2026-03-01T10:00:00.000Z',
                receivedAt: '2026-03-01T10:00:00.500Z',
                payload: { id: 'wamid.1' },
              },
            ],
            receipts: [],
          }
        : undefined,
    ),
    ...fakeChats(note),
    parked: note('parked', () => ({ items: [waiting] })),
    assign: note('assign', (_destination: string, keys: readonly string[], _contact: object, _by?: string) =>
      ofKeys(keys),
    ),
    ignore: note('ignore', (_destination: string, keys: readonly string[], _reason: string, _by?: string) =>
      ofKeys(keys),
    ),
    // Whether a session was ended is asked beside everything else; nobody signed out.
    audit: async (filter) => (filter.action === 'session.sign-out' ? { items: [] } : audit(filter)),
    failed: note('failed', () => ({ items: [{ ...waiting, state: 'failed' as const, code: 'too-long' }] })),
    replay: note('replay', (_filter: object, _by?: string) => 3),
    preview: note('preview', (destination: string, _request?: object) => [
      {
        destination,
        object: 'Task',
        title: 'A message',
        key,
        occurredAt: '2026-03-01T10:00:00.000Z',
        version: '0123456789ab',
        fields: { Subject: 'A message' },
        cuts: [],
        match: 'no-contact',
        mistakes: [],
        conversations: [chat],
      },
    ]),
    mappings: fakeMappings(note),
    reports: {
      missing: note('reports.missing', (_filter: object) => ({ items: [missing], cursor: 'next' })),
      list: note('reports.list', (_filter: object) => [daily]),
      get: note('reports.get', (day: string) => (day === daily.day ? daily : undefined)),
      make: note('reports.make', (day: string) => {
        if (day > '2026-03-01') throw new RangeError(`${day} (UTC) is not over yet.`);
        return daily;
      }),
    },
    seals: {
      state: note('seals.state', () => sealState),
      verify: note('seals.verify', () => verification),
      proofs: note('seals.proofs', (id: string) => (id === key ? { proofs: [], unsealed: 1 } : undefined)),
    },
    keys: {
      status: note('keys.status', () => keyStatus),
      rotate: note('keys.rotate', ({ after }: { after: string; by: string }) =>
        after === '' ? { changed: 2, next: '7' } : { changed: 1 },
      ),
      encrypt: note('keys.encrypt', (_request: { after: string; by: string }) => ({ changed: 4 })),
    },
    retention: fakeRetention(note),
    records: {
      zip: note('records.zip', (_request: object) => Readable.from([Buffer.from('zip')])),
    },
    backup: { zip: note('backup.zip', (_by: string) => Readable.from([Buffer.from('zip')])) },
    drift: fakeDrift(note),
    importDrafts: note('importDrafts', (_source: string, drafts: readonly unknown[], _check?: boolean) =>
      drafts.map(() => 'appended' as const),
    ),
    versions: note('versions', (id: string) =>
      id === key
        ? {
            key,
            conversation: chat,
            versions: [
              {
                number: 1,
                at: '2026-03-01T10:00:00.500Z',
                event: { id: 1, kind: 'message' as const, occurredAt: '2026-03-01T10:00:00.000Z' },
                by: 'person' as const,
                changed: [],
                interaction,
              },
            ],
          }
        : undefined,
    ),
    noteSetup: note('noteSetup', (_destination: string, _findings: object, _by: string) => undefined),
    quarantine: fakeQuarantine(note),
    putFile: async (stream) => {
      let size = 0;
      for await (const chunk of stream as AsyncIterable<Buffer>) size += chunk.length;
      asked.push(['putFile', size]);
      return { sha256: 'cd'.repeat(32), size };
    },
    check: note('check', (destination?: string) => [
      {
        destination: destination ?? 'sales',
        findings: [{ level: 'ok' as const, subject: 'login', text: 'works' }],
      },
    ]),
  };
}
