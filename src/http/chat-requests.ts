import { z } from 'zod';
import { activityStates } from '../core/activity.ts';

/** What the addresses of chats, of waiting work and of exports take. */
export function chatRequests<R extends z.ZodRawShape, P extends z.ZodRawShape>({
  destination,
  range,
  paging,
  number,
  key,
  contact,
  by,
  reason,
}: {
  readonly destination: z.ZodType<string>;
  readonly range: R;
  readonly paging: P;
  readonly number: z.ZodType<string>;
  readonly key: z.ZodType<string>;
  readonly contact: z.ZodObject;
  readonly by: z.ZodType<string>;
  readonly reason: z.ZodType<string>;
}) {
  const conversation = z.string().regex(/^[0-9a-f]{32}$/, 'must be 32 hex digits');
  const state = z.enum(activityStates);
  const cause = z.string().min(1).max(100).describe('`cause` of a group');
  const choice = {
    destination,
    keys: z.array(key).min(1).max(10_000).optional(),
    conversations: z.array(conversation).min(1).max(1_000).optional(),
    cause: cause.optional(),
  };
  const chosen = <S extends { keys?: unknown; conversations?: unknown }>({ keys, conversations }: S) =>
    (keys === undefined) !== (conversations === undefined);
  const chosenError = { path: ['keys'], message: 'give keys or conversations, one of them' };
  return {
    conversationParams: z.strictObject({ id: conversation }),
    conversationFilter: z.strictObject({
      who: z.string().trim().min(1).max(200).describe('words of a name, or digits of a number').optional(),
      businessNumber: number.optional(),
      destination: destination.optional(),
      state: state.optional(),
      ...range,
      ...paging,
    }),
    fileParams: z.strictObject({
      id: key,
      sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits'),
    }),
    waitingGroups: z.strictObject({ state: z.enum(['parked', 'failed']) }),
    waitingPeople: z.strictObject({
      state: z.enum(['parked', 'failed']),
      destination: destination.optional(),
      cause: cause.optional(),
      ...paging,
    }),
    bulkAssign: z.strictObject({ ...choice, contact, by }).refine(chosen, chosenError),
    bulkIgnore: z.strictObject({ ...choice, reason, by }).refine(chosen, chosenError),
    bulkCreate: z
      .strictObject({ ...choice, as: z.enum(['contact', 'lead']).default('contact'), by })
      .refine(chosen, chosenError),
    restoring: z.strictObject({ destination, keys: z.array(key).min(1).max(10_000), by }),
    bulkReplay: z.strictObject({ ...choice, by }).refine(chosen, chosenError),
    peopleFilter: z.strictObject({ q: z.string().trim().min(2, 'needs two characters').max(200) }),
    exporting: z.strictObject({
      businessNumber: number.optional(),
      destination: destination.optional(),
      state: state.optional(),
      conversation: conversation.optional(),
      ...range,
    }),
  };
}
