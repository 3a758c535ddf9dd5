import type { Destination, Finding } from '../destinations/destination.ts';
import type { Ledger, MappingVersion } from '../ledger/ledger.ts';
import { differences } from '../mapping/difference.ts';
import { MappingError, parseMapping, type Mapping } from '../mapping/mapping.ts';
import { mappingFindings } from './check.ts';

/** The mapping file of a destination, as the settings name it. */
export interface MappingSource {
  readonly path: string;
  readonly text: string;
  /** why it cannot be used; empty: it can */
  readonly mistakes: readonly string[];
}

export interface MappingsDeps {
  readonly ledger: Pick<Ledger, 'mappingVersions' | 'addMapping' | 'rewrite' | 'setAlert'>;
  readonly destinations: ReadonlyMap<string, Destination>;
  /** by destination */
  readonly files: ReadonlyMap<string, MappingSource>;
  /** does a route make records of whole days or conversations there? */
  readonly needsConversation: (destination: string) => boolean;
}

/** A change of a mapping, with who asked for it and why. */
export interface MappingChange {
  readonly text: string;
  readonly by: string;
  readonly why: string;
  /** the version that it was made from */
  readonly after?: string;
}

/** A version with what it changed, for people. */
export interface MappingHistoryEntry extends Omit<MappingVersion, 'body'> {
  readonly difference: readonly string[];
}

/** A mapping that was not published; `findings` say why. */
export class MappingRefused extends Error {
  readonly findings: readonly Finding[];

  constructor(message: string, findings: readonly Finding[] = []) {
    super(message);
    this.name = 'MappingRefused';
    this.findings = findings;
  }
}

/** So long a process may work with the mapping before the newest. */
const freshMs = 2_000;

/**
 * The mappings in use. The ledger keeps every version; the newest one counts, be it from a changed file or published by
 * the API. Only what fits the live CRM is published, so the last good one runs on.
 */
export class Mappings {
  readonly #deps: MappingsDeps;
  readonly #kept = new Map<string, { readonly until: number; readonly mapping: Mapping }>();

  constructor(deps: MappingsDeps) {
    this.#deps = deps;
  }

  /** The mapping in use. @throws MappingError when there is none that can be read; whatever the ledger says */
  async current(destination: string): Promise<Mapping> {
    const kept = this.#kept.get(destination);
    if (kept !== undefined && kept.until > performance.now()) return kept.mapping;
    const [newest] = await this.#deps.ledger.mappingVersions(destination, 1);
    const mapping =
      kept !== undefined && kept.mapping.version === newest?.version
        ? kept.mapping
        : await this.#lastReadable(destination);
    this.#kept.set(destination, { until: performance.now() + freshMs, mapping });
    return mapping;
  }

  /** The newest version that this program can read, for an older program may have taken what a newer one does not. */
  async #lastReadable(destination: string): Promise<Mapping> {
    const versions = await this.#deps.ledger.mappingVersions(destination);
    for (const { body, version } of versions) {
      try {
        return parseMapping(body, `mapping ${version} of ${destination}`);
      } catch (error) {
        if (!(error instanceof MappingError)) throw error;
      }
    }
    const { path, text } = this.#fileOf(destination);
    return parseMapping(text, path);
  }

  /** Publishes the file of each destination that has no mapping yet, as it is: there is no other one. */
  async publishFirst(): Promise<void> {
    for (const [destination, { path, text, mistakes }] of this.#deps.files) {
      const versions = await this.#deps.ledger.mappingVersions(destination, 1);
      if (versions.length === 0 && mistakes.length === 0) {
        await this.#publishFile(destination, text, `first start with ${path}`);
      }
    }
  }

  /**
   * Publishes the file of a destination if it has changed since it was last published. One that does not fit the CRM
   * stays out, and an alert says why; the last good one runs on.
   *
   * @returns false: the CRM could not be asked, try again later
   */
  async publishChanged(destination: string): Promise<boolean> {
    const { path, text, mistakes } = this.#fileOf(destination);
    if (mistakes.length > 0) {
      await this.#alert(destination, mistakes);
      return true;
    }
    const versions = await this.#deps.ledger.mappingVersions(destination);
    const isPublished =
      versions.find(({ origin }) => origin === 'file')?.version === parseMapping(text, path).version;
    const wrong = isPublished ? [] : (await this.#check(destination, text)).filter(isMistake);
    await this.#alert(
      destination,
      wrong.map((one) => `${one.subject}: ${one.text}`),
    );
    if (!isPublished && wrong.length === 0) await this.#publishFile(destination, text, `${path} has changed`);
    return wrong.every(({ code }) => code === 'field-unknown' || code === 'field-invalid');
  }

  async #publishFile(destination: string, body: string, why: string): Promise<void> {
    const { version } = parseMapping(body);
    await this.#deps.ledger.addMapping({
      destination,
      version,
      body,
      origin: 'file',
      author: 'settings file',
      why,
    });
    this.#kept.delete(destination);
  }

  /** Raised while the file of a destination is refused. */
  async #alert(destination: string, mistakes: readonly string[]): Promise<void> {
    await this.#deps.ledger.setAlert({
      source: destination,
      subject: '',
      code: 'mapping-refused',
      text: `The mapping file cannot be used: ${mistakes.join('; ')}`.slice(0, 1_000),
      raised: mistakes.length > 0,
    });
  }

  async #check(destination: string, text: string): Promise<Finding[]> {
    const adapter = this.#deps.destinations.get(destination);
    const mapping = parseMapping(text);
    const missing = this.#deps.needsConversation(destination) && mapping.conversation === undefined;
    const findings = adapter === undefined ? [] : await mappingFindings(adapter, mapping);
    return missing ? [...findings, noConversation] : findings;
  }

  /** The version in use, with its text. */
  async inUse(destination: string): Promise<MappingVersion | undefined> {
    const [newest] = await this.#deps.ledger.mappingVersions(destination, 1);
    return newest;
  }

  /** The text in use: of the newest version, or of the file as long as nothing was published. */
  async text(destination: string): Promise<string> {
    return (await this.inUse(destination))?.body ?? this.#fileOf(destination).text;
  }

  /** Checks a text without publishing it. */
  async check(destination: string, text: string): Promise<Finding[]> {
    try {
      return await this.#check(destination, text);
    } catch (error) {
      if (!(error instanceof MappingError)) throw error;
      return findingsOf(error);
    }
  }

  /**
   * Publishes a mapping if it fits the live CRM. @returns the version in use by then (the same one when nothing differs)
   * @throws MappingRefused when it does not fit, cannot be checked, or was made from an older one
   */
  async publish(destination: string, change: MappingChange): Promise<MappingVersion> {
    const mistakes = (await this.check(destination, change.text)).filter(isMistake);
    if (mistakes.length > 0) {
      const list = mistakes.map(({ subject, text }) => `${subject}: ${text}`).join('; ');
      throw new MappingRefused(`The mapping was not published: ${list}`, mistakes);
    }
    const { version } = parseMapping(change.text);
    const before = await this.inUse(destination);
    if (before?.version === version && change.after === undefined) return before;
    const added = await this.#deps.ledger.addMapping({
      destination,
      version,
      body: change.text,
      origin: 'api',
      author: change.by,
      why: change.why,
      ...(change.after !== undefined && { after: change.after }),
    });
    this.#kept.delete(destination);
    if (added !== undefined) return added;
    const now = await this.inUse(destination);
    if (now?.version === version) return now;
    throw new MappingRefused(
      `Somebody published ${now?.version ?? 'another mapping'} in the meantime; look at it and try again`,
    );
  }

  /** Publishes an earlier version again. @throws MappingRefused when there is none, or it does not fit the CRM any more */
  async rollBack(destination: string, version: string, by: string, why: string): Promise<MappingVersion> {
    const old = (await this.#deps.ledger.mappingVersions(destination, 1_000)).find(
      (one) => one.version === version,
    );
    if (old === undefined) throw new MappingRefused(`There is no version ${version} of ${destination}`);
    return this.publish(destination, { text: old.body, by, why });
  }

  /** Who changed what, when and why; the newest first. */
  async history(destination: string): Promise<MappingHistoryEntry[]> {
    const versions = await this.#deps.ledger.mappingVersions(destination);
    return versions.map(({ body, ...version }, at) => ({
      ...version,
      difference: differences(versions[at + 1]?.body, body),
    }));
  }

  #fileOf(destination: string): MappingSource {
    const file = this.#deps.files.get(destination);
    if (file === undefined) throw new RangeError(`there is no destination "${destination}"`);
    return file;
  }
}

/** A draft that cannot be read. @throws MappingRefused that names each mistake */
export function readDraft(text: string): Mapping {
  try {
    return parseMapping(text);
  } catch (error) {
    if (!(error instanceof MappingError)) throw error;
    throw new MappingRefused(`The mapping cannot be read: ${error.mistakes.join('; ')}`, findingsOf(error));
  }
}

function findingsOf({ mistakes }: MappingError): Finding[] {
  return mistakes.map((mistake) => ({
    level: 'error',
    subject: mistake.split(': ')[0] ?? 'mapping',
    text: mistake.split(': ').slice(1).join(': '),
    code: 'field-invalid',
  }));
}

/** What a mapping lacks where records shall show days or conversations. */
export const noConversation: Finding = {
  level: 'error',
  subject: 'conversation mapping',
  text: 'is missing, and a route makes records of whole days or conversations (granularity)',
  code: 'field-invalid',
};

function isMistake({ level }: Finding): boolean {
  return level === 'error';
}
