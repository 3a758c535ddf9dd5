import { z } from 'zod';
import type { Finding } from '../../core/finding.ts';
import { interactionKey } from '../../core/key.ts';
import { SourceError } from '../../core/source-errors.ts';
import type { AuditByCounts, AuditByIds, AuditContext, AuditItem, SourceAudit } from '../source-audit.ts';
import type { SourceCheck } from '../source.ts';
import { askGraph } from './audit-client.ts';
import { phoneOf } from './people.ts';
import type { TokenOptions } from './token-check.ts';

/** A Cloud API app whose account can be asked. */
export interface CloudAuditOptions extends TokenOptions {
  /** of the WhatsApp Business account: without it only the history can be asked */
  readonly wabaId?: string;
}

/**
 * What Meta says of a day: which messages it has told webhooks of (`message_history`, by id, without their content), and how
 * many were sent and called (`analytics`, `call_analytics`, by count). Which accounts have these is not documented: whoever
 * has none is refused, and cannot be asked.
 */
export function createCloudAudit(options: CloudAuditOptions): SourceAudit {
  const counts =
    options.wabaId === undefined
      ? []
      : [countSent(options, options.wabaId), countCalls(options, options.wabaId)];
  return { id: options.id, kind: 'whatsapp-cloud', questions: [askHistory(options), ...counts] };
}

const text = z.union([z.string(), z.number()]).transform(String);
const edges = <S extends z.ZodType>(shape: S) => z.looseObject({ data: z.array(shape).default([]) });

const historyPage = z.looseObject({
  data: z.array(
    z.looseObject({
      message_id: z.string().min(1),
      events: edges(z.looseObject({ timestamp: z.coerce.number() })).default({ data: [] }),
    }),
  ),
  paging: z
    .looseObject({
      cursors: z.looseObject({ after: z.string().optional() }).optional(),
      next: z.string().optional(),
    })
    .optional(),
});
type HistoryPage = z.infer<typeof historyPage>;

const noPhoneId = 'The id of its number is not known yet: set wabaId.';
const mostPages = 1_000;
const dayMs = 86_400_000;

/** `GET /<phone number id>/message_history` (Meta's OpenAPI): what it names is not all that there is. */
function askHistory(options: CloudAuditOptions): AuditByIds {
  return {
    name: 'history',
    by: 'ids',
    each: 'number',
    async *pages(context) {
      for (const businessNumber of context.businessNumbers) {
        const phoneId = await phoneIdOf(options, businessNumber, context);
        if (phoneId === undefined) throw new SourceError('source-cannot-be-asked', noPhoneId);
        yield* historyOf(options, { phoneId, businessNumber }, context);
      }
    },
  };
}

async function* historyOf(
  options: CloudAuditOptions,
  { phoneId, businessNumber }: { readonly phoneId: string; readonly businessNumber: string },
  { day, signal }: AuditContext,
): AsyncGenerator<readonly AuditItem[]> {
  const start = Date.parse(`${day}T00:00:00Z`) / 1_000;
  let after: string | undefined;
  let before = Infinity;
  for (let pages = 0; pages < mostPages; pages += 1) {
    const page: HistoryPage = await askGraph(
      options,
      `${phoneId}/message_history`,
      { limit: 100, ...(after !== undefined && { after }) },
      historyPage,
      signal,
    );
    const messages = page.data.flatMap(({ message_id, events }) => {
      const times = events.data.map(({ timestamp }) => timestamp);
      return times.length === 0 ? [] : [{ id: message_id, at: Math.min(...times) }];
    });
    const ofDay = messages.filter(({ at }) => at >= start && at < start + dayMs / 1_000);
    yield ofDay.map(({ id }) => ({
      businessNumber,
      keys: [interactionKey('whatsapp-cloud', businessNumber, id)],
      raw: [],
    }));
    const newest = Math.max(...messages.map(({ at }) => at));
    const next = page.paging?.next === undefined ? undefined : page.paging.cursors?.after;
    // In which order it comes is not documented: the end is only cut off where it is seen to come newest first.
    const isPast = messages.length > 0 && newest < start && newest < before && before < Infinity;
    if (next === undefined || next === after || isPast) return;
    if (messages.length > 0) before = newest;
    after = next;
  }
  throw new SourceError('source-answer-unreadable', `Its history has more than ${mostPages} pages.`);
}

const numbersPage = z.looseObject({ data: z.array(z.looseObject({ id: text, display_phone_number: text })) });
const sampleShape = z.looseObject({ metadata: z.looseObject({ phone_number_id: text }) });

/** By the account's list of numbers, else by what the number's webhooks say. */
async function phoneIdOf(
  options: CloudAuditOptions,
  businessNumber: string,
  { samples, signal }: Pick<AuditContext, 'samples' | 'signal'>,
): Promise<string | undefined> {
  for (const payload of await samples(businessNumber)) {
    const known = sampleShape.safeParse(payload);
    if (known.success) return known.data.metadata.phone_number_id;
  }
  if (options.wabaId === undefined) return undefined;
  const params = { fields: 'id,display_phone_number', limit: 100 };
  const { data } = await askGraph(options, `${options.wabaId}/phone_numbers`, params, numbersPage, signal);
  return data.find((one) => phoneOf(one.display_phone_number) === businessNumber)?.id;
}

const point = z.looseObject({
  start: z.coerce.number(),
  sent: z.coerce.number().optional(),
  count: z.coerce.number().optional(),
});
type Point = z.infer<typeof point>;
const points = z.looseObject({ data_points: z.array(point).default([]) });
/** The points stand in the object itself or in a list in it (Meta docs, analytics: both are shown). */
const analytics = z.union([
  z.looseObject({ data: z.array(points) }).transform(({ data }) => data.flatMap((one) => one.data_points)),
  points.transform((one) => one.data_points),
]);

function countSent(options: CloudAuditOptions, wabaId: string): AuditByCounts {
  return {
    name: 'sent',
    by: 'counts',
    each: 'number',
    direction: 'outbound',
    kind: 'message',
    counts: (context) => countEach(options, wabaId, 'analytics', context, ({ sent = 0 }) => sent),
  };
}

function countCalls(options: CloudAuditOptions, wabaId: string): AuditByCounts {
  return {
    name: 'calls',
    by: 'counts',
    each: 'number',
    direction: 'both',
    kind: 'call',
    counts: (context) => countEach(options, wabaId, 'call_analytics', context, ({ count = 0 }) => count),
  };
}

/** In half hours, because Meta's days are those of the account's time zone. */
async function countEach(
  options: CloudAuditOptions,
  wabaId: string,
  name: 'analytics' | 'call_analytics',
  { day, businessNumbers, signal }: AuditContext,
  countOf: (point: Point) => number,
): Promise<ReadonlyMap<string, number>> {
  const start = Date.parse(`${day}T00:00:00Z`) / 1_000;
  const end = start + dayMs / 1_000;
  const counts = new Map<string, number>();
  for (const number of businessNumbers) {
    const fields =
      `${name}.start(${start}).end(${end}).granularity(HALF_HOUR)` +
      `.phone_numbers(["${number.replace('+', '')}"])`;
    const shape = z.looseObject({ [name]: analytics.optional() });
    const answer = await askGraph(options, wabaId, { fields }, shape, signal);
    const found = (answer[name] ?? []) as Point[];
    const ofDay = found.filter((one) => one.start >= start && one.start < end);
    counts.set(
      number,
      ofDay.reduce((sum, one) => sum + countOf(one), 0),
    );
  }
  return counts;
}

/** `wcs check`: which of the questions this account may be asked. */
export function createAuditCheck(options: CloudAuditOptions): SourceCheck {
  const { questions } = createCloudAudit(options);
  return {
    id: options.id,
    check: async (signal) => {
      const numbers = await listNumbers(options, signal);
      const day = new Date(Date.now() - dayMs).toISOString().slice(0, 10);
      const context = { day, businessNumbers: numbers.slice(0, 1), signal, samples: async () => [] };
      const asked = options.wabaId === undefined ? [] : questions;
      const findings = await Promise.all(asked.map((question) => probe(question, context)));
      const hint: Finding = {
        level: 'todo',
        subject: 'completeness',
        text: 'set wabaId, so that what Meta counted can be compared with the ledger',
      };
      return options.wabaId === undefined ? [hint] : findings;
    },
  };
}

async function listNumbers(options: CloudAuditOptions, signal: AbortSignal): Promise<string[]> {
  if (options.wabaId === undefined) return [];
  const params = { fields: 'id,display_phone_number', limit: 100 };
  try {
    const { data } = await askGraph(options, `${options.wabaId}/phone_numbers`, params, numbersPage, signal);
    return data.flatMap((one) => phoneOf(one.display_phone_number) ?? []);
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    return [];
  }
}

async function probe(question: AuditByIds | AuditByCounts, context: AuditContext): Promise<Finding> {
  const subject = `completeness: ${question.name}`;
  if (context.businessNumbers.length === 0) {
    return { level: 'warning', subject, text: "cannot be asked: the account's numbers cannot be listed" };
  }
  try {
    if (question.by === 'counts') await question.counts(context);
    else await question.pages(context)[Symbol.asyncIterator]().next();
    return { level: 'ok', subject, text: 'can be asked' };
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    return { level: 'warning', subject, text: `cannot be asked: ${error.message}`, code: error.code };
  }
}
