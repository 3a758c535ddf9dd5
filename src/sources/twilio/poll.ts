import type { PollContext, PollPage, PollSource } from '../source.ts';
import { createClient } from './client.ts';
import { createCallsList } from './poll-calls.ts';
import { createConversationsList } from './poll-conversations.ts';
import { createMessagesList } from './poll-messages.ts';
import type { TwilioOptions } from './options.ts';
import { twilioKind } from './drafts.ts';

/** What the account's lists tell: the truth where a webhook was missed, which Twilio does not send again. */
export function createPoll(options: TwilioOptions): PollSource {
  const { businessNumbers, lookBack: lookBackMs, accountSid, calls } = options;
  const credentials = credentialsOf(options);
  const client = createClient({ ...credentials, baseUrl: options.apiUrl });
  const lists = new Map<string, (context: PollContext) => AsyncIterable<PollPage>>();
  if (options.conversations) {
    const conversations = createClient({ ...credentials, baseUrl: options.conversationsUrl });
    lists.set(
      'conversations',
      createConversationsList({ client: conversations, lookBackMs, businessNumbers }),
    );
  } else lists.set('messages', createMessagesList({ client, accountSid, lookBackMs, businessNumbers }));
  if (calls !== 'none') {
    lists.set('calls', createCallsList({ client, accountSid, lookBackMs, businessNumbers, calls }));
  }
  return {
    id: options.id,
    kind: twilioKind,
    everyMs: options.pollEvery,
    streams: [...lists.keys()],
    pages: (stream, context) => {
      const list = lists.get(stream);
      if (list === undefined) throw new RangeError(`There is no list ${stream}.`);
      return list(context);
    },
  };
}

/** An API key where there is one, else the account itself. */
export function credentialsOf(options: TwilioOptions): {
  readonly username: string;
  readonly password: string;
} {
  const { apiKeySid, apiKeySecret, accountSid, authToken } = options;
  return apiKeySid !== undefined && apiKeySecret !== undefined
    ? { username: apiKeySid, password: apiKeySecret }
    : { username: accountSid, password: authToken };
}
