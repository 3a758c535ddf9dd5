import type { Scenario } from '../scenario.ts';
import { clockScenarios } from './clocks.ts';
import { crmScenarios } from './crm.ts';
import { dayScenarios } from './days.ts';
import { diskScenarios } from './disk.ts';
import { freezeScenarios } from './freeze.ts';
import { killScenarios } from './kill.ts';
import { networkScenarios } from './network.ts';
import { postgresScenarios } from './postgres.ts';
import { redisScenarios } from './redis.ts';

/** All of them, in the order in which they run. */
export const scenarios: readonly Scenario[] = [
  ...killScenarios,
  ...redisScenarios,
  ...postgresScenarios,
  ...diskScenarios,
  ...networkScenarios,
  ...crmScenarios,
  ...clockScenarios,
  ...dayScenarios,
  ...freezeScenarios,
];
