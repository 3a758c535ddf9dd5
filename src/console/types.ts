import type { z } from 'zod';
import type { Interaction } from '../core/interaction.ts';
import type { answers } from '../http/answers.ts';
import type { driftAnswers } from '../http/drift-answers.ts';
import type { proofAnswers } from '../http/proof-answers.ts';
import type { retentionAnswers } from '../http/retention-answers.ts';
import type { sealAnswers } from '../http/seal-answers.ts';
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
export type SealState = z.output<typeof sealAnswers.state>;
export type Verification = z.output<typeof sealAnswers.verification>;
export type Daily = Answer<'daily'>;
export type MissingItem = Answer<'missing'>['items'][number];
export type Drift = z.output<typeof driftAnswers.list>['items'][number];
export type DriftView = z.output<typeof driftAnswers.view>;
export type CompareStep = z.output<typeof driftAnswers.step>;
export type Quarantined = z.output<typeof proofAnswers.quarantine>['items'][number];
export type QuarantineView = z.output<typeof proofAnswers.quarantined>;
export type Release = z.output<typeof proofAnswers.release>;
export type Retention = z.output<typeof retentionAnswers.retention>;
export type RetentionRun = z.output<typeof retentionAnswers.retentionRun>;
export type Purge = z.output<typeof retentionAnswers.purges>['items'][number];
export type Tombstone = z.output<typeof retentionAnswers.tombstones>['items'][number];
export type Hold = z.output<typeof retentionAnswers.hold>;
export type Erasure = z.output<typeof retentionAnswers.erasures>['items'][number];
export type ErasureAnswer = z.output<typeof retentionAnswers.erasure>;
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
