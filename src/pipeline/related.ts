import { CrmError } from '../core/errors.ts';
import type { Destination, RelatedRecord, RelateRule, RelateSubject } from '../destinations/destination.ts';

const keptMs = 600_000;
const maxKept = 20_000;

interface Kept {
  readonly until: number;
  readonly related: readonly RelatedRecord[];
}

/**
 * What else the activities of a contact are put on, kept for ten minutes: a chat has many messages, and its contact's
 * company and open deal seldom change meanwhile.
 */
export class Related {
  readonly #destination: Pick<Destination, 'id' | 'relate'>;
  readonly #rule: RelateRule;
  readonly #warn: (reason: string) => void;
  readonly #kept = new Map<string, Kept>();

  constructor(
    destination: Pick<Destination, 'id' | 'relate'>,
    rule: RelateRule,
    warn: (reason: string) => void,
  ) {
    this.#destination = destination;
    this.#rule = rule;
    this.#warn = warn;
  }

  /** In the order of the subjects. Without the permission to look, nothing. @throws CrmError when the CRM cannot say */
  async find(subjects: readonly RelateSubject[]): Promise<(readonly RelatedRecord[])[]> {
    if (this.#rule.company === 'none' && this.#rule.deal === 'none') return subjects.map(() => []);
    const missing = new Map<string, RelateSubject>();
    for (const subject of subjects) {
      const key = keyOf(subject);
      if ((this.#kept.get(key)?.until ?? 0) <= performance.now()) missing.set(key, subject);
    }
    if (missing.size > 0) await this.#ask(missing);
    return subjects.map((subject) => this.#kept.get(keyOf(subject))?.related ?? []);
  }

  async #ask(missing: ReadonlyMap<string, RelateSubject>): Promise<void> {
    const keys = [...missing.keys()];
    const found = await this.#look([...missing.values()]);
    if (this.#kept.size + keys.length > maxKept) this.#kept.clear();
    keys.forEach((key, at) =>
      this.#kept.set(key, { until: performance.now() + keptMs, related: found[at] ?? [] }),
    );
  }

  async #look(subjects: readonly RelateSubject[]): Promise<RelatedRecord[][]> {
    try {
      return await this.#destination.relate(subjects, this.#rule);
    } catch (error) {
      // A record on the contact alone beats none; `wcs check` names the permission too.
      if (!(error instanceof CrmError) || error.code !== 'permission-missing') throw error;
      this.#warn(error.message);
      return subjects.map(() => []);
    }
  }
}

const keyOf = ({ type, id, ownerId = '' }: RelateSubject): string => `${type}:${id}:${ownerId}`;
