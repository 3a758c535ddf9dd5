import { createHash, createHmac } from 'node:crypto';
import { maskSettings } from './mask.ts';
import type { Settings } from './settings.ts';

/**
 * A hash of each section of the settings as they are in effect, without secrets: says which one has changed, and nothing of
 * what stands there. Who is excluded counts by keyed hashes.
 *
 * @param secret not kept anywhere but in the settings
 */
export function settingsPrints(settings: Settings, secret: string): Record<string, string> {
  const { policies, ...rest } = maskSettings(settings);
  const excluded = settings.policies.excluded.map((person) =>
    createHmac('sha256', secret).update(person).digest('hex'),
  );
  const sections = { ...rest, policies: { ...(policies as object), excluded } };
  return Object.fromEntries(Object.entries(sections).map(([name, value]) => [name, printOf(value)]));
}

function printOf(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(value) ?? '')
    .digest('hex')
    .slice(0, 16);
}
