import { applyRules, readRules, rulesOf, withRules } from '../config/rules.ts';
import type { Settings } from '../config/settings.ts';
import { needsConversation } from './compose-needs.ts';
import type { Ledger } from './ledger/ledger.ts';
import { MappingError } from './mapping/mapping.ts';
import type { Mappings } from './pipeline/mappings.ts';
import { LiveRules, type RulesProblem } from './pipeline/rules.ts';

interface RulesParts {
  readonly settings: Settings;
  readonly ledger: Ledger;
  readonly mappings: Mappings;
  readonly log: { warn(fields: object, text: string): void };
}

/** The policies and owners of a process: first those of its settings file, then whatever was published last. */
export function composeRules({ settings, ledger, mappings, log }: RulesParts): LiveRules {
  return new LiveRules({
    ledger,
    log,
    file: rulesOf(settings),
    read: (body) => {
      const read = readRules(settings, body);
      if ('problems' in read) return read;
      return {
        apply: () => applyRules(settings, read.rules),
      };
    },
    check: async (body) => {
      const read = readRules(settings, body);
      if ('problems' in read) return read.problems;
      const next = withRules(settings, read.rules);
      const problems: RulesProblem[] = [];
      for (const { id } of settings.destinations) {
        if (needsConversation(next, id) && !(await hasConversation(mappings, id))) {
          const text = `the mapping of "${id}" has no part "conversation", which days and conversations need`;
          problems.push({ path: 'policies.granularity', text });
        }
      }
      return problems;
    },
  });
}

async function hasConversation(mappings: Mappings, destination: string): Promise<boolean> {
  try {
    return (await mappings.current(destination)).conversation !== undefined;
  } catch (error) {
    if (error instanceof MappingError) return false;
    throw error;
  }
}
