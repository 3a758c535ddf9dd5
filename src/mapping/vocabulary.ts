import { z } from 'zod';

/**
 * Everything that a mapping can name, with what it is: the one place from which the documented table, the checks of
 * paths and templates, and the console's list are made. Shapes are those of `core/activity.ts`, which a test compares.
 */

const instant = (text: string) => z.iso.datetime().describe(text);
const text = (what: string) => z.string().describe(what);
const count = (what: string) => z.int().min(0).describe(what);

const callValues = z.strictObject({
  result: z
    .enum(['answered', 'missed', 'no-answer', 'rejected', 'failed'])
    .optional()
    .describe('how it ended; nothing while it goes on'),
  durationSeconds: count('seconds that were spoken; 0 when nobody answered'),
  durationMs: count('the same in milliseconds, as HubSpot wants it'),
  startedAt: instant('when somebody answered').optional(),
  endedAt: instant('when it ended').optional(),
});

const conversationValues = z.strictObject({
  messages: count('messages in the record'),
  calls: count('calls in the record'),
  startedAt: instant('the first one'),
  endedAt: instant('the last one'),
  part: z.int().min(1).describe('1, and more where one record was not enough'),
});

export const activityValues = z.strictObject({
  key: text('the key of the record: 64 hex digits'),
  revision: count('rises with each change: an edit, a reaction, a delivery state'),
  kind: z.enum(['message', 'call', 'conversation']).describe('what the record is about'),
  direction: z
    .enum(['inbound', 'outbound'])
    .describe('from the person, or from the firm; of a conversation: its last message'),
  occurredAt: instant('when it happened (UTC); of a conversation: when it began'),
  localTime: text('the same for people, in the zone of the record: `2026-06-01 12:00:05 UTC+2`'),
  timeZone: text("IANA name: the record owner's, else the destination's"),
  title: text('one line for a subject: `WhatsApp message from Ana Silva`'),
  text: text('the whole text for people: what was said, who wrote, edits, reactions, failures'),
  content: text('what was said and nothing else'),
  type: text("WhatsApp's word for the kind of message: `text`, `image`, `audio`, …; `call`; `conversation`"),
  via: z
    .enum(['live', 'echo', 'standby', 'history', 'api', 'list', 'import', 'unknown'])
    .optional()
    .describe('how it was captured; `echo`: typed on the phone; `import`: from a chat export'),
  edited: z.boolean().describe('was it edited?'),
  deleted: z.boolean().describe('was it deleted by its sender?'),
  files: count('files that came with it'),
  status: z
    .enum(['sent', 'delivered', 'read', 'played', 'failed'])
    .optional()
    .describe(
      'how far an outgoing message got; changes the record only as far as the policy `statuses` lets it',
    ),
  business: z.strictObject({
    number: text("the firm's number"),
    owner: text('e-mail address of who held the number then').optional(),
  }),
  owner: z
    .strictObject({
      id: text("the CRM user's id"),
      email: text("the CRM user's e-mail address"),
      name: text("the CRM user's name"),
    })
    .optional()
    .describe('the CRM user who shall own the record'),
  person: z.strictObject({
    name: text("the CRM's name of the person, else WhatsApp's"),
    phone: text('with country code').optional(),
    userId: text('WhatsApp user id').optional(),
    username: text('WhatsApp user name').optional(),
  }),
  from: text('number (or user id) of who wrote or called'),
  to: text('number (or user id) of who got it'),
  contact: z.strictObject({
    type: text('`Contact`, `Lead`; `contact`'),
    id: text("the CRM's id of the contact"),
    ownerId: text("the contact's own owner").optional(),
  }),
  group: z.strictObject({ id: text('the WhatsApp group'), subject: text('its name').optional() }).optional(),
  referral: z
    .strictObject({
      headline: text('headline of the ad that the chat came from').optional(),
      url: text('where the ad is').optional(),
      clickId: text("Meta's click id").optional(),
    })
    .optional(),
  call: callValues.optional(),
  conversation: conversationValues.optional(),
  chatLink: text(
    'read-only link to the chat in the console, without signing in, until it ends (setting `console.links`)',
  ).optional(),
  source: text('id of the source in the settings'),
});

/** A contact's history, for the parts `contact` and `lead`; see `core/contact-history.ts`. */
export const historyValues = z.strictObject({
  lastInboundAt: instant('the newest from the person').optional(),
  lastOutboundAt: instant('the newest to the person').optional(),
  lastAt: instant('the newest of both').optional(),
  count: count('messages and calls'),
  messages: count('messages'),
  calls: count('calls'),
  timeZone: text('IANA name: the zone of the destination'),
});

/** One name of the vocabulary. */
export interface VocabularyEntry {
  /** `call.durationSeconds` */
  readonly path: string;
  readonly type: 'text' | 'number' | 'yes/no' | 'time' | 'choice';
  /** of a choice */
  readonly values?: readonly string[];
  /** is there always a value? */
  readonly always: boolean;
  readonly text: string;
}

interface JsonSchema {
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
}

function entriesOf(schema: JsonSchema, prefix = '', always = true): VocabularyEntry[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, one]): VocabularyEntry[] => {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    const isThere = always && (schema.required ?? []).includes(name);
    if (one.properties !== undefined) return entriesOf(one, path, isThere);
    const entry = { path, type: typeOf(one), always: isThere, text: one.description ?? '' };
    return [one.enum === undefined ? entry : { ...entry, values: one.enum }];
  });
}

function typeOf({ type, format, enum: values }: JsonSchema): VocabularyEntry['type'] {
  if (values !== undefined) return 'choice';
  if (format === 'date-time') return 'time';
  if (type === 'boolean') return 'yes/no';
  return type === 'integer' || type === 'number' ? 'number' : 'text';
}

const activityEntries = entriesOf(z.toJSONSchema(activityValues) as JsonSchema);
const historyEntries = entriesOf(z.toJSONSchema(historyValues) as JsonSchema);

/** Parts of a mapping: three that become records, two that are told on the person's own record. */
export const mappingParts = ['message', 'call', 'conversation', 'contact', 'lead'] as const;
export type MappingPart = (typeof mappingParts)[number];

/** What the rules of this part can name. */
export function vocabularyOf(part: MappingPart): readonly VocabularyEntry[] {
  if (part === 'contact' || part === 'lead') return historyEntries;
  const others = (['call', 'conversation'] as const).filter((kind) => kind !== part);
  return activityEntries
    .filter(({ path }) => !others.some((kind) => path.startsWith(`${kind}.`)))
    .map((entry) =>
      entry.path.startsWith(`${part}.`) ? { ...entry, always: isAlwaysIn(entry.path) } : entry,
    );
}

/** A call's own values are there in the part `call`, but for those that a call may lack. */
function isAlwaysIn(path: string): boolean {
  return !['call.result', 'call.startedAt', 'call.endedAt'].includes(path);
}
