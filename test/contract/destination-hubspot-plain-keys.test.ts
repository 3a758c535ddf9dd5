import { destinationSuite } from './destination-suite.ts';
import { makeHubSpot } from './hubspot-harness.ts';

destinationSuite('HubSpot in an account that refuses unique keys', makeHubSpot('key', 'plain'));
