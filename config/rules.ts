import { z } from 'zod';
import { owners, policies, references } from './schema.ts';
import type { Settings } from './settings.ts';

/**
 * What admins change while the worker runs: the general policies and who holds which number. The settings file gives the
 * first version; what routes say of their own stays there, and so do policies that need a restart. Who is excluded stays
 * there too: published versions are kept for good, and numbers of people who are never recorded are kept nowhere.
 */
const shape = z.strictObject({
  policies: policies.omit({
    defaultRegion: true,
    excludeWhen: true,
    onlyWhen: true,
    excluded: true,
    internal: true,
  }),
  owners: owners.max(10_000),
});
type Rules = z.output<typeof shape>;

/** The rules of some settings, as they are written: times like `3600s`. */
export function rulesOf({ policies: own, owners: holders }: Settings): z.input<typeof shape> {
  const { defaultRegion: _region, excludeWhen: _without, onlyWhen: _only, ...live } = own;
  const { excluded: _excluded, internal: _internal, conversationGap, ...rest } = live;
  return { policies: { ...rest, conversationGap: `${conversationGap / 1_000}s` }, owners: holders };
}

/** Rules that fit the settings, or everything that is wrong with them. */
export function readRules(
  settings: Settings,
  value: unknown,
): { rules: Rules } | { problems: { path: string; text: string }[] } {
  const parsed = shape.safeParse(value);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => ({
      path: path.join('.'),
      text: message,
    }));
    return { problems };
  }
  const { data: rules } = parsed;
  const problems = references(withRules(settings, rules));
  return problems.length > 0 ? { problems } : { rules };
}

/** The settings as they are with these rules. */
export function withRules(settings: Settings, rules: Rules): Settings {
  const { defaultRegion, excludeWhen, onlyWhen, excluded, internal } = settings.policies;
  return {
    ...settings,
    policies: { ...rules.policies, defaultRegion, excludeWhen, onlyWhen, excluded, internal },
    owners: rules.owners,
  };
}

/** Puts rules into use: whoever looks at these settings from now on sees them. */
export function applyRules(settings: Settings, rules: Rules): void {
  Object.assign(settings, withRules(settings, rules));
}
