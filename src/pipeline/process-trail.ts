import type { Ledger } from '../ledger/ledger.ts';

/** A process of the worker, for the audit log. */
export interface ProcessTrail {
  readonly ledger: Pick<Ledger, 'audit' | 'keepAudit'>;
  readonly version: string;
  /** names this process */
  readonly instance: string;
  readonly roles: readonly string[];
}

const actor = 'worker';

/**
 * Keeps that a process began, and which sections of its settings are others than at the last start, if any.
 *
 * @param prints a hash for each section of the settings
 */
export async function noteStart(
  { ledger, version, instance, roles }: ProcessTrail,
  prints: Readonly<Record<string, string>>,
): Promise<void> {
  const [last] = (await ledger.audit({ action: 'settings.load', limit: 1 })).items;
  const known = (last?.detail['sections'] ?? {}) as Readonly<Record<string, string>>;
  const names = [...new Set([...Object.keys(known), ...Object.keys(prints)])];
  const changed = names.filter((name) => known[name] !== prints[name]);
  if (changed.length > 0) {
    const detail = { changed: last === undefined ? 'first start' : changed, sections: prints };
    await ledger.keepAudit({ actor: 'settings file', action: 'settings.load', subject: '', detail });
  }
  await ledger.keepAudit({
    actor,
    action: 'worker.start',
    subject: '',
    detail: { version, instance, roles },
  });
}

/** Keeps that a process ended in order. One that was killed has no such entry before the next start. */
export async function noteStop(
  { ledger, version, instance, roles }: ProcessTrail,
  why: string,
): Promise<void> {
  await ledger.keepAudit({
    actor,
    action: 'worker.stop',
    subject: '',
    detail: { version, instance, roles, why },
  });
}
