import { z } from 'zod';

const count = z.int().min(0);
const instant = z.iso.datetime().describe('UTC');
const cursor = z.string().describe('for the next page; absent on the last one').optional();

/** What the addresses of chats and of waiting work answer. */
export function chatAnswers<V extends z.ZodType>(interactionView: V) {
  const conversation = z.object({
    id: z.string(),
    businessNumber: z.string(),
    groupId: z.string().optional(),
    phone: z.string().optional(),
    userId: z.string().optional(),
    name: z.string().describe('what the other side calls itself').optional(),
    firstAt: instant,
    lastAt: instant,
    last: interactionView,
    contacts: z.array(
      z.object({
        destination: z.string(),
        type: z.string(),
        id: z.string(),
        name: z.string().optional(),
        match: z.string().describe('why it is this contact').optional(),
        url: z.string().optional(),
      }),
    ),
  });
  const person = z.object({ type: z.string(), id: z.string(), name: z.string() });
  return {
    conversations: z.object({ items: z.array(conversation), cursor }),
    conversation,
    waitingGroups: z.object({
      items: z.array(
        z.object({
          destination: z.string(),
          cause: z.string(),
          count,
          people: count.describe('chats'),
          since: instant,
          text: z.string(),
          help: z.string().describe('what to do').optional(),
        }),
      ),
    }),
    waitingPeople: z.object({
      items: z.array(
        z.object({
          destination: z.string(),
          cause: z.string(),
          conversation: z.string(),
          count,
          firstAt: instant,
          lastAt: instant,
          newest: interactionView,
          name: z.string(),
          phone: z.string().optional(),
          businessNumber: z.string(),
          proposals: z.array(person).describe('people whose number ends alike'),
        }),
      ),
      cursor,
    }),
    changedKeys: z.object({ changed: count, keys: z.array(z.string()).describe('which ones') }),
    created: z.object({ made: count, refused: z.array(z.string()).describe('why') }),
    people: z.object({ items: z.array(person.extend({ phones: z.array(z.string()) })) }),
  };
}
