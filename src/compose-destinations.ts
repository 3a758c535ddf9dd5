import type { DestinationSettings, Settings } from '../config/settings.ts';
import { createdIn, markFieldsOf } from './compose-needs.ts';
import type { Budget } from './core/budget.ts';
import type { CountRequest, Destination } from './destinations/destination.ts';
import { createHubSpot } from './destinations/hubspot/index.ts';
import { createSalesforce, type SalesforceTarget } from './destinations/salesforce/index.ts';

/** Who sees each request of a destination: the one who counts, and the one who allows. */
interface Watch {
  readonly count: CountRequest;
  readonly budget: Budget;
}

/** The adapters of all destinations, by id. */
export function makeDestinations(
  settings: Settings,
  watchFor: (id: string) => Watch,
): ReadonlyMap<string, Destination> {
  return new Map(
    settings.destinations.map((one) => [one.id, makeDestination(one, settings, watchFor(one.id))]),
  );
}

function makeDestination(settings: DestinationSettings, whole: Settings, watch: Watch): Destination {
  const shared = {
    id: settings.id,
    timeoutMs: settings.timeout,
    defaultRegion: whole.policies.defaultRegion,
    ...watch,
    apiVersion: settings.apiVersion,
    keyField: settings.keyField,
    personKeyField: settings.personKeyField,
    creates: createdIn(whole, settings.id),
    markFields: markFieldsOf(whole, settings.id),
  };
  if (settings.type === 'salesforce') {
    const { loginUrl, auth, userIdField, target } = settings;
    const { audience, ...jwt } = auth.flow === 'jwt' ? auth : { ...auth, audience: undefined };
    const credentials = audience === undefined ? jwt : { ...jwt, audience };
    return createSalesforce({
      ...shared,
      loginUrl,
      auth: credentials as Parameters<typeof createSalesforce>[0]['auth'],
      ...(userIdField === undefined ? {} : { userIdField }),
      ...(target === undefined ? {} : { target: target as SalesforceTarget }),
    });
  }
  const { apiUrl, accessToken, auth, userIdProperty } = settings;
  return createHubSpot({
    ...shared,
    apiUrl,
    ...(accessToken === undefined ? {} : { accessToken }),
    ...(auth === undefined ? {} : { auth }),
    ...(userIdProperty === undefined ? {} : { userIdProperty }),
  });
}
