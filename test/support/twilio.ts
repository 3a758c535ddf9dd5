/** An invented Twilio account, for its look-alike. */

export const accountSid = `AC${'0'.repeat(32)}`;
export const authToken = 'token-of-the-account';
/** the firm's WhatsApp number */
export const twilioNumber = '+14155238886';

/** HTTP Basic, as the API takes it. */
export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

type Item = Readonly<Record<string, string>>;

/** What the tests read of an answer: a list, one resource or a refusal. */
export interface TwilioAnswer {
  readonly code: number;
  readonly status: number | string;
  readonly page_size: number;
  readonly next_page_uri: string | null;
  readonly messages: readonly Item[];
  readonly media_list: readonly Item[];
  readonly calls: readonly Item[];
  readonly recordings: readonly Item[];
  readonly conversations: readonly Item[];
  readonly participants: readonly { readonly messaging_binding: Item }[];
  readonly delivery_receipts: readonly Item[];
  readonly meta: { readonly next_page_url: string | null };
}

/** Asks the look-alike with the account's credentials, or others; does not follow redirects. */
export async function askTwilio(
  url: string,
  authorization = basic(accountSid, authToken),
): Promise<{ status: number; headers: Headers; json: TwilioAnswer }> {
  const answer = await fetch(url, { headers: { authorization }, redirect: 'manual' });
  return { status: answer.status, headers: answer.headers, json: (await answer.json()) as TwilioAnswer };
}
