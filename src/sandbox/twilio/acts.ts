import type { FileContent, MessageStatus } from './store.ts';

/** A message that a person sends; E.164 number or user id, or both. */
export interface Received {
  readonly from?: string;
  readonly userId?: string;
  readonly body?: string;
  readonly media?: readonly FileContent[];
  readonly profileName?: string;
  /** SID of the message that it answers */
  readonly replyTo?: string;
  readonly forwarded?: boolean;
  readonly button?: { readonly text: string; readonly payload: string };
  readonly location?: {
    readonly latitude: number;
    readonly longitude: number;
    readonly label?: string;
    readonly address?: string;
  };
  /** now when absent */
  readonly at?: Date;
}

/** A message that the firm sends, E.164 or user id. */
export interface Sent {
  readonly to: string;
  readonly body?: string;
  readonly media?: readonly FileContent[];
  /** `sent` when absent */
  readonly status?: MessageStatus;
  readonly at?: Date;
}

export interface CallMade {
  readonly direction: 'inbound' | 'outbound';
  /** E.164 */
  readonly person: string;
  readonly answered: boolean;
  /** of the talk, in seconds */
  readonly duration?: number;
  /** kept of the talk */
  readonly recording?: Buffer;
  /** 2: an agent talks on a leg of their own, `agent` when absent */
  readonly legs?: 1 | 2;
  /** the agent's address: `client:…` for a softphone, or a number */
  readonly agent?: string;
  readonly at?: Date;
}

/** One message of a conversation, of the person's or of an agent's. */
export interface Said {
  readonly author: 'person' | 'agent';
  readonly body?: string;
  readonly media?: readonly FileContent[];
  readonly at?: Date;
}
