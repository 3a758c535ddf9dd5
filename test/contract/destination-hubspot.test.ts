import { destinationSuite } from './destination-suite.ts';
import { makeHubSpot } from './hubspot-harness.ts';

destinationSuite('HubSpot', makeHubSpot('key', 'unique'));
destinationSuite('HubSpot by OAuth', makeHubSpot('oauth', 'unique'));
