import { rulesSubject } from '../core/audit.ts';
import { hashKey } from '../core/key.ts';
import type { Ledger, MappingVersion } from '../ledger/ledger.ts';

/** What is wrong with rules, and where. */
export interface RulesProblem {
  readonly path: string;
  readonly text: string;
}

/** Policies and owners as they are written: JSON. */
export type RulesBody = Readonly<Record<string, unknown>>;

export interface RulesDeps {
  readonly ledger: Pick<Ledger, 'mappingVersions' | 'addMapping'>;
  /** the settings file's own */
  readonly file: RulesBody;
  /** `apply` puts them into use in this process */
  readonly read: (
    body: unknown,
  ) => { readonly apply: () => void } | { readonly problems: readonly RulesProblem[] };
  /** what only the running worker knows, before they are published */
  readonly check: (body: unknown) => Promise<readonly RulesProblem[]>;
  readonly log: { warn(fields: object, text: string): void };
}

/** Rules in use, and where they come from. */
export interface RulesView extends Omit<MappingVersion, 'destination' | 'body' | 'id'> {
  readonly rules: RulesBody;
}

export interface RulesChange {
  readonly rules: RulesBody;
  readonly by: string;
  readonly why: string;
  /** the version that they were made from */
  readonly after?: string;
}

/** Rules that were not published; `problems` say why. */
export class RulesRefused extends Error {
  readonly problems: readonly RulesProblem[];

  constructor(message: string, problems: readonly RulesProblem[] = []) {
    super(message);
    this.name = 'RulesRefused';
    this.problems = problems;
  }
}

/**
 * Policies and owners that admins change while the worker runs. The ledger keeps every version; the newest one counts, be
 * it from a changed settings file or from the console. Each process looks for a newer one every few seconds.
 */
export class LiveRules {
  readonly #deps: RulesDeps;
  #inUse: string | undefined;

  constructor(deps: RulesDeps) {
    this.#deps = deps;
  }

  /** At the start: a settings file that was changed since it was last read is the newest version. */
  async load(): Promise<void> {
    const { ledger, file } = this.#deps;
    const body = JSON.stringify(file);
    await ledger.addMapping({
      destination: rulesSubject,
      version: versionOf(body),
      body,
      origin: 'file',
      author: 'settings file',
      why: 'the settings file at the start',
    });
    await this.refresh();
  }

  /** Puts the newest version into use; one that this program cannot read is left alone, and told. */
  async refresh(): Promise<void> {
    const [newest] = await this.#deps.ledger.mappingVersions(rulesSubject, 1);
    if (newest === undefined || newest.version === this.#inUse) return;
    const read = this.#deps.read(JSON.parse(newest.body));
    this.#inUse = newest.version;
    if ('apply' in read) read.apply();
    else {
      const problems = read.problems.map(({ path, text }) => `${path}: ${text}`);
      this.#deps.log.warn(
        { version: newest.version, problems },
        'the published policies do not fit the settings',
      );
    }
  }

  async view(): Promise<RulesView> {
    const [newest] = await this.#deps.ledger.mappingVersions(rulesSubject, 1);
    if (newest === undefined) throw new RulesRefused('No policies were published yet.');
    return toView(newest);
  }

  async history(): Promise<RulesView[]> {
    return (await this.#deps.ledger.mappingVersions(rulesSubject)).map(toView);
  }

  /** @throws RulesRefused */
  async publish({ rules, by, why, after }: RulesChange): Promise<RulesView> {
    const read = this.#deps.read(rules);
    const problems = 'problems' in read ? read.problems : await this.#deps.check(rules);
    if (problems.length > 0) {
      throw new RulesRefused(problems.map(({ path, text }) => `${path}: ${text}`).join('; '), problems);
    }
    const body = JSON.stringify(rules);
    const published = await this.#deps.ledger.addMapping({
      destination: rulesSubject,
      version: versionOf(body),
      body,
      origin: 'api',
      author: by,
      why,
      ...(after !== undefined && { after }),
    });
    if (published === undefined) {
      throw new RulesRefused(
        'Nothing was changed: somebody else published others meanwhile, or these are in use.',
      );
    }
    await this.refresh();
    return toView(published);
  }

  /** Publishes an earlier version again. @throws RulesRefused */
  async rollBack(version: string, by: string, why: string): Promise<RulesView> {
    const versions = await this.#deps.ledger.mappingVersions(rulesSubject);
    const found = versions.find((one) => one.version === version);
    if (found === undefined) throw new RulesRefused(`There is no version ${version}.`);
    return this.publish({ rules: JSON.parse(found.body) as RulesBody, by, why });
  }
}

function versionOf(body: string): string {
  return hashKey('rules', body).slice(0, 12);
}

function toView({ body, version, origin, author, why, at }: MappingVersion): RulesView {
  return { version, origin, author, why, at, rules: JSON.parse(body) as RulesBody };
}
