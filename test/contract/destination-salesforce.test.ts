import { destinationSuite } from './destination-suite.ts';
import { makeSalesforce } from './salesforce-harness.ts';

destinationSuite('Salesforce', makeSalesforce('client-credentials', 'task'));
destinationSuite('Salesforce by JWT', makeSalesforce('jwt', 'task'));
