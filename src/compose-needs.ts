import { consentFor, policiesFor, type Settings } from '../config/settings.ts';

/** What the routes that lead to a destination need of it. */

/** Does a route make records of whole days or conversations there? */
export function needsConversation(settings: Settings, destination: string): boolean {
  return settings.routes.some(
    (route) =>
      route.destinations.includes(destination) && policiesFor(settings, route).granularity !== 'message',
  );
}

/** The fields of its contacts by which people opt out or in. */
export function markFieldsOf(settings: Settings, destination: string): string[] {
  const routes = settings.routes.filter((route) => route.destinations.includes(destination));
  const rules = routes.map((route) => consentFor(policiesFor(settings, route), destination));
  const fields = rules.flatMap(({ excludeWhen, onlyWhen }) => [...excludeWhen, ...onlyWhen]);
  return [...new Set(fields.map(({ field }) => field))];
}

/** What strangers become there, by the routes that lead to it. */
export function createdIn(settings: Settings, destination: string): ('contact' | 'lead')[] {
  const routes = settings.routes.filter((route) => route.destinations.includes(destination));
  const wanted = routes.map((route) => policiesFor(settings, route).unmatched);
  return (['contact', 'lead'] as const).filter((as) => wanted.includes(`create-${as}`));
}
