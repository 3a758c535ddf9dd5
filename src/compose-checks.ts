import { policiesOf, type Settings } from '../config/settings.ts';
import { unlimited, type Budget } from './core/budget.ts';
import type { Destination } from './destinations/destination.ts';
import { KnownFields } from './directory/known-fields.ts';
import type { Ledger } from './ledger/ledger.ts';
import type { CallMeter } from './limits/call-meter.ts';
import type { Log } from './observe/log.ts';
import type { Brake } from './pipeline/brake.ts';
import type { CheckRules } from './pipeline/check-records.ts';
import type { ReconcileDeps } from './pipeline/reconcile.ts';

interface CheckParts {
  readonly settings: Settings;
  readonly ledger: Ledger;
  readonly destinations: ReadonlyMap<string, Destination>;
  readonly brakes: ReadonlyMap<string, Brake>;
  readonly budgets: ReadonlyMap<string, Budget>;
  readonly meter: CallMeter;
  readonly log: Log;
  /** names this process in leases */
  readonly instance: string;
  readonly wake: (destination: string) => void;
}

/** What comparing the ledger with each CRM needs, by destination; also of those that are never compared by the clock. */
export function composeChecks(parts: CheckParts): ReadonlyMap<string, ReconcileDeps> {
  const { settings, ledger, meter, log, instance } = parts;
  const rules = checkRules(settings);
  return new Map(
    [...parts.destinations.values()].map((destination) => {
      const { id } = destination;
      const known = new KnownFields(destination);
      const deps: ReconcileDeps = {
        destination,
        ledger,
        knownFields: (kind) => known.get(kind),
        forgetFields: () => known.forget(),
        recordRules: { changes: (source, number) => policiesOf(settings, id, source, number).changes },
        rules,
        brake: brakeOf(parts, id),
        owner: instance,
        wake: () => parts.wake(id),
        quota: () => (parts.budgets.get(id) ?? unlimited).use(),
        measure: (work, spent) => meter.measure(work, spent),
        log,
      };
      return [id, deps];
    }),
  );
}

function checkRules({ reconcile }: Settings): CheckRules {
  const { after, every, missing, changed, share, ignore } = reconcile;
  return {
    schedule: { afterMs: after, everyMs: every },
    missing,
    changed,
    share,
    ignored: new Set(ignore),
  };
}

function brakeOf({ brakes }: CheckParts, id: string): Brake {
  const found = brakes.get(id);
  if (found === undefined) throw new Error(`destination ${id} is not configured`);
  return found;
}
