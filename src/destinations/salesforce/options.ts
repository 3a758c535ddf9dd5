import type { Budget } from '../../core/budget.ts';
import type { CountRequest } from '../destination.ts';

/** How the worker proves who it is: an External Client App's secret, or a signed JWT for one user. */
export type SalesforceAuth =
  | { readonly flow: 'client-credentials'; readonly clientId: string; readonly clientSecret: string }
  | {
      readonly flow: 'jwt';
      readonly clientId: string;
      readonly username: string;
      /** PEM, PKCS #8 or PKCS #1 */
      readonly privateKey: string;
      /** default: login.salesforce.com, for sandboxes test.salesforce.com */
      readonly audience?: string;
    };

/** A custom object in the place of Task, with its lookup fields; API names. */
export interface SalesforceTarget {
  readonly object: string;
  readonly contactField: string;
  readonly leadField?: string;
  readonly accountField?: string;
  readonly opportunityField?: string;
}

export interface SalesforceOptions {
  readonly id: string;
  /** the org's My Domain address */
  readonly loginUrl: string;
  readonly auth: SalesforceAuth;
  /** `67.0` */
  readonly apiVersion: string;
  /** API name of the external id on Activity that holds the key */
  readonly keyField: string;
  /** API name of a contact's field that holds a WhatsApp user id */
  readonly userIdField?: string;
  /** milliseconds that one call may take; default 30,000 */
  readonly timeoutMs?: number;
  /** deliveries at once; default 1, since parallel ones lock each other's accounts */
  readonly flights?: number;
  readonly defaultRegion?: string;
  readonly count?: CountRequest;
  /** allows each request; default: no limit */
  readonly budget?: Budget;
  /** API name of the external id on contacts and leads that holds the key of people we make; default: WhatsApp_Person_Key__c */
  readonly personKeyField?: string;
  /** what people whom nobody knows are made; default: nothing, and no field is needed for it */
  readonly creates?: readonly ('contact' | 'lead')[];
  /** fields of contacts by which people opt out or in; API names */
  readonly markFields?: readonly string[];
  /** so many that wait go by Bulk API 2.0; default 10,000 */
  readonly bulkAtLeast?: number;
  /** default: Task */
  readonly target?: SalesforceTarget;
}
