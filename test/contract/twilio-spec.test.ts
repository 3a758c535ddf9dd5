import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { z } from 'zod';
import {
  callItem,
  callsPage,
  conversationItem,
  conversationMessageItem,
  conversationMessagesPage,
  conversationsPage,
  mediaItem,
  mediaPage,
  messageItem,
  messagesPage,
  participantItem,
  participantsPage,
  receiptItem,
  receiptsPage,
  recordingItem,
  recordingsPage,
} from '../../src/sources/twilio/payload.ts';

/** Twilio's OpenAPI documents, kept beside the project where its shapes are checked against them. */
const folder = join(process.cwd(), '..', 'shared', 'specs');

interface Spec {
  readonly paths: Readonly<
    Record<
      string,
      {
        readonly get?: {
          readonly responses: Readonly<
            Record<string, { content?: Record<string, { examples?: Record<string, { value: object }> }> }>
          >;
        };
      }
    >
  >;
}

const account = '/2010-04-01/Accounts/{AccountSid}';
const talk = '/v1/Conversations/{ConversationSid}';
const pages: readonly (readonly [
  file: string,
  path: string,
  page: z.ZodType,
  list: string,
  item: z.ZodType,
])[] = [
  ['twilio_api_v2010.json', `${account}/Messages.json`, messagesPage, 'messages', messageItem],
  [
    'twilio_api_v2010.json',
    `${account}/Messages/{MessageSid}/Media.json`,
    mediaPage,
    'media_list',
    mediaItem,
  ],
  ['twilio_api_v2010.json', `${account}/Calls.json`, callsPage, 'calls', callItem],
  [
    'twilio_api_v2010.json',
    `${account}/Calls/{CallSid}/Recordings.json`,
    recordingsPage,
    'recordings',
    recordingItem,
  ],
  ['twilio_conversations_v1.json', '/v1/Conversations', conversationsPage, 'conversations', conversationItem],
  [
    'twilio_conversations_v1.json',
    `${talk}/Messages`,
    conversationMessagesPage,
    'messages',
    conversationMessageItem,
  ],
  ['twilio_conversations_v1.json', `${talk}/Participants`, participantsPage, 'participants', participantItem],
  [
    'twilio_conversations_v1.json',
    `${talk}/Messages/{MessageSid}/Receipts`,
    receiptsPage,
    'delivery_receipts',
    receiptItem,
  ],
];

const single: readonly (readonly [path: string, item: z.ZodType])[] = [
  [`${account}/Messages/{Sid}.json`, messageItem],
  [`${account}/Calls/{Sid}.json`, callItem],
];

function examplesOf(file: string, path: string): [string, object][] {
  const spec = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Spec;
  const answer = spec.paths[path]?.get?.responses['200']?.content?.['application/json'];
  return Object.entries(answer?.examples ?? {}).map(([name, { value }]) => [name, value]);
}

if (!existsSync(folder)) {
  describe("Twilio's OpenAPI documents", () => {
    it('are not beside the project: nothing to check here', () => {
      expect(existsSync(folder)).toBe(false);
    });
  });
} else {
  describe.each(pages)('%s %s', (file, path, page, list, item) => {
    const examples = examplesOf(file, path);

    it('has examples', () => {
      expect(examples.length).toBeGreaterThan(0);
    });

    it.each(examples)('example %s is a page whose every element is read', (_name, value) => {
      const read = page.parse(value) as Record<string, unknown[]>;
      for (const one of read[list] ?? []) expect(() => item.parse(one)).not.toThrow();
      expect(read[list]).toEqual((value as Record<string, unknown>)[list]);
    });
  });

  describe.each(single)('%s', (path, item) => {
    it.each(examplesOf('twilio_api_v2010.json', path))('example %s is read', (_name, value) => {
      expect(() => item.parse(value)).not.toThrow();
    });
  });
}
