/** A Twilio account as the settings describe it; times in milliseconds. */
export interface TwilioOptions {
  readonly id: string;
  readonly accountSid: string;
  readonly authToken: string;
  readonly secondaryAuthToken?: string;
  readonly apiKeySid?: string;
  readonly apiKeySecret?: string;
  readonly apiUrl: string;
  readonly conversationsUrl: string;
  readonly publicUrl?: string;
  /** another place that links to files may lead to */
  readonly mediaUrl?: string;
  readonly pollEvery: number;
  readonly lookBack: number;
  readonly calls: 'whatsapp' | 'all' | 'none';
  readonly conversations: boolean;
  /** E.164: tells which side of a message or call is ours */
  readonly businessNumbers: readonly string[] | 'all';
}
