import type { ContactRef } from '../core/activity.ts';
import type { DriftDetail, DriftKind, DriftResolution } from '../core/drift.ts';
import type { Shown } from './digest-records.ts';

/** When a record is looked at again. */
export interface CheckSchedule {
  /** milliseconds after its delivery, ascending */
  readonly afterMs: readonly number[];
  /** milliseconds between the further ones */
  readonly everyMs: number;
}

/** One record to be looked at, leased. */
export interface CheckTask {
  /** of the record, as the CRM carries it */
  readonly key: string;
  /** `own`: the interaction's first record; `further`: of a later state of it; `digest`: of several interactions */
  readonly part: 'own' | 'further' | 'digest';
  /** of the interaction; of a digest: none */
  readonly activityKey?: string;
  readonly kind: 'message' | 'call';
  readonly recordId: string;
  /** on whom it was logged */
  readonly contact: ContactRef;
  /** hashes of what was sent; absent: not known */
  readonly shown?: Shown;
  /** further records of this key that a person has accepted */
  readonly doubles: number;
}

/** Which records are to be looked at: what is due, or all of some days (UTC, inclusive) from a cursor on. */
export type CheckScope =
  | { readonly due: CheckSchedule }
  | {
      readonly from?: string;
      readonly to?: string;
      /** key of the last record before */
      readonly after?: string;
    };

export interface CheckClaim {
  readonly tasks: readonly CheckTask[];
  /** where to go on, of a scope by days; absent: that was all */
  readonly cursor?: string;
  /** records that are on their way, wait for a person, or show nothing any more */
  readonly passedOver: number;
}

export interface DriftFinding {
  readonly kind: DriftKind;
  /** names of fields */
  readonly fields?: readonly string[];
  readonly detail?: DriftDetail;
}

/** What a look at a record said. */
export interface CheckResult {
  readonly key: string;
  /** the record that was looked at: nothing is written when the ledger has another one by now */
  readonly recordId: string;
  readonly findings: readonly DriftFinding[];
  /** the same key was found on another record */
  readonly foundAs?: string;
  /** who its contact is by now: merged, converted */
  readonly follows?: ContactRef;
  /** a missing one is to be made anew */
  readonly logAgain?: true;
}

/** What came of writing results: records by what was found, those that are logged again, and those of no use any more. */
export interface CheckCounts {
  readonly checked: number;
  readonly missing: number;
  readonly changed: number;
  readonly moved: number;
  readonly double: number;
  readonly loggedAgain: number;
  /** another delivery was faster: looked at the next time */
  readonly dropped: number;
}

/** A finding, as people see it. */
export interface Drift {
  readonly id: number;
  readonly destination: string;
  readonly key: string;
  readonly kind: DriftKind;
  /** key of the interaction; of a digest: none */
  readonly activityKey?: string;
  readonly recordKind: 'message' | 'call';
  readonly recordId: string;
  readonly contact: ContactRef;
  /** ISO 8601: when it happened, not when it was found */
  readonly occurredAt: string;
  readonly fields: readonly string[];
  readonly detail: DriftDetail;
  readonly foundAt: string;
  readonly lastSeenAt: string;
  readonly resolvedAt?: string;
  readonly resolution?: DriftResolution;
  readonly resolvedBy?: string;
}

export interface DriftFilter {
  readonly destination?: string;
  readonly kind?: DriftKind;
  /** of one record */
  readonly key?: string;
  /** what is over too */
  readonly resolved?: boolean;
  readonly limit: number;
  readonly cursor?: string;
}

export interface DriftCount {
  readonly destination: string;
  readonly kind: DriftKind;
  readonly count: number;
}

/** What a person takes for right from now on. */
export interface Baseline {
  readonly recordId: string;
  readonly shown?: Shown;
  readonly contact?: ContactRef;
  readonly doubles?: number;
}

/** What comparing the ledger with the CRMs needs of the ledger. */
export interface CheckStore {
  /** Whether a destination has a record to look at now. */
  hasDueChecks(destination: string, schedule: CheckSchedule): Promise<boolean>;
  /** Records of a scope, for telling how long it takes; of `due` as many as are due. */
  countChecks(destination: string, scope: CheckScope): Promise<number>;
  /** Leases records that are to be looked at. Only what is delivered and not on its way again. */
  claimChecks(
    destination: string,
    scope: CheckScope,
    limit: number,
    owner: string,
    leaseMs: number,
  ): Promise<CheckClaim>;
  /** Gives leased ones back as they were. */
  releaseChecks(destination: string, keys: readonly string[], owner: string): Promise<void>;
  /** Writes what was found. What was delivered or leased anew meanwhile is left as it is. */
  settleChecks(
    destination: string,
    results: readonly CheckResult[],
    owner: string,
    schedule: CheckSchedule,
  ): Promise<CheckCounts>;
  /** How many calls may be made now, where so many are allowed a day and at most so many are saved up. */
  checkPace(destination: string, perDay: number, most: number): Promise<number>;
  /** These calls were made; `pauseMs`: nothing is looked at for so long. */
  spendChecks(destination: string, calls: number, pauseMs?: number): Promise<void>;

  drift(filter: DriftFilter): Promise<{ readonly items: readonly Drift[]; readonly cursor?: string }>;
  /** Findings that are open. */
  driftCounts(): Promise<DriftCount[]>;
  /** What is known of one record. */
  recordCheck(destination: string, key: string): Promise<CheckTask | undefined>;
  /** A missing record is made anew, another one is written as it was logged. false: there is nothing to restore. */
  restoreDrift(destination: string, key: string, by: string): Promise<boolean>;
  /** What the CRM shows is right from now on; of a missing record: that it is gone. false: there is nothing to accept. */
  acceptDrift(destination: string, key: string, baseline: Baseline, by: string): Promise<boolean>;
}
