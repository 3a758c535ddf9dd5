import { destinationSuite } from './destination-suite.ts';
import { makeSalesforce } from './salesforce-harness.ts';

destinationSuite(
  'Salesforce with a custom object in the place of Task',
  makeSalesforce('client-credentials', 'object'),
);
