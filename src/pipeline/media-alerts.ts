import { sourceErrorTable, sourceFateOf, type SourceErrorCode } from '../core/source-errors.ts';
import type { Alert, Ledger } from '../ledger/ledger.ts';

const subject = 'media';
const dayMs = 86_400_000;
const lookAgainMs = 3_600_000;

/** Alerts that concern the files of sources: raised with the trouble, over with the next file that comes. */
export class MediaAlerts {
  readonly #ledger: Pick<Ledger, 'alerts' | 'setAlert'>;
  /** sources of which nothing needs to be ended before that time */
  readonly #lookAt = new Map<string, number>();

  constructor(ledger: Pick<Ledger, 'alerts' | 'setAlert'>) {
    this.#ledger = ledger;
  }

  async raise(source: string, code: string, text: string): Promise<void> {
    this.#lookAt.delete(source);
    await this.#ledger.setAlert({ source, subject, code, raised: true, text });
  }

  /** A file of this source came. */
  async succeed(source: string): Promise<void> {
    if (Date.now() < (this.#lookAt.get(source) ?? 0)) return;
    const raised = (await this.#ledger.alerts()).filter(
      (alert) => alert.source === source && alert.subject === subject,
    );
    const over = raised.filter((alert) => !lasts(alert));
    for (const { code, text } of over) {
      await this.#ledger.setAlert({ source, subject, code, raised: false, text });
    }
    this.#lookAt.set(source, over.length < raised.length ? Date.now() + lookAgainMs : Infinity);
  }
}

/** What is about single files is shown for a day: the next good file says nothing about them. */
function lasts({ code, since }: Alert): boolean {
  const isKnown = Object.hasOwn(sourceErrorTable, code);
  if (!isKnown || sourceFateOf(code as SourceErrorCode) === 'stop') return false;
  return Date.now() - Date.parse(since) < dayMs;
}
