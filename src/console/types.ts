import type { z } from 'zod';
import type { Interaction } from '../core/interaction.ts';
import type { answers } from '../http/answers.ts';
import type { proofAnswers } from '../http/proof-answers.ts';
import type { Role } from '../http/identity.ts';

/** What the API answers, from its own description. */
type Answer<N extends keyof typeof answers> = z.output<(typeof answers)[N]>;

export type Status = Answer<'status'>;
export type Report = Answer<'report'>;
export type ReportRow = Report['rows'][number];
export type View = Omit<Answer<'interactions'>['items'][number], 'interaction'> & {
  interaction: Interaction;
};
export type WholeView = Omit<Answer<'interaction'>, 'interaction'> & { interaction: Interaction };
export type Activity = View['activities'][number];
type Chats = Answer<'conversations'>;
export type Chat = Omit<Chats['items'][number], 'last'> & { last: View };
export type WaitingGroup = Answer<'waitingGroups'>['items'][number];
export type WaitingPerson = Omit<Answer<'waitingPeople'>['items'][number], 'newest'> & { newest: View };
export type FoundPerson = Answer<'people'>['items'][number];
export type AuditEntry = Answer<'audit'>['items'][number];
export type Mapping = Answer<'mapping'>;
export type MappingVersion = Answer<'mappingVersions'>['items'][number];
export type MappingFields = Answer<'mappingFields'>['items'][number];
export type Finding = Answer<'mappingFindings'>['findings'][number];
export type Preview = Answer<'previews'>[number];
export type Versions = z.output<typeof proofAnswers.versions>;
export interface Page<T> {
  items: T[];
  cursor?: string;
}

export interface Session {
  signedIn: boolean;
  actor?: string;
  roles?: Role[];
  mayRead?: boolean;
  via?: 'token' | 'local' | 'session';
  csrf?: string;
  isLocalOnly?: boolean;
  ways: { token: boolean; provider: boolean };
}
