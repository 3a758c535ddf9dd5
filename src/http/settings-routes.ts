import { z } from 'zod';
import { route, type ApiRoute } from './route.ts';

/** The settings of this process, as they may be shown. */
export function settingsRoute(settings: () => Record<string, unknown>): ApiRoute {
  return route('GET', '/api/settings', {
    summary: 'The settings in use, secrets masked; durations are milliseconds, sizes bytes',
    answer: z.looseObject({}),
    handle: async () => settings(),
  });
}
