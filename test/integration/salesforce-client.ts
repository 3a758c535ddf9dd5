import {
  startSalesforce,
  type SalesforceOptions,
  type SalesforceSandbox,
} from '../../src/sandbox/salesforce/index.ts';

export const keyField = 'WhatsApp_Key__c';
export const upsertPath = `/composite/sobjects/Task/${keyField}`;
const open: SalesforceSandbox[] = [];

/** Closes every look-alike that was started. */
export async function closeAll(): Promise<void> {
  await Promise.all(open.splice(0).map((one) => one.close()));
}

export async function start(options: SalesforceOptions = {}): Promise<SalesforceSandbox> {
  const sandbox = await startSalesforce({ keyField, ...options });
  open.push(sandbox);
  return sandbox;
}

export async function token(url: string, form: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}/services/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: 'client',
      client_secret: 'secret',
      ...form,
    }),
  });
}

/** A plain client: method, path after the version, body; gives status and parsed body. */
export async function client(sandbox: SalesforceSandbox) {
  const { access_token: bearer } = (await (await token(sandbox.url)).json()) as { access_token: string };
  return async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(`${sandbox.url}/services/data/v67.0${path}`, {
      method,
      headers: {
        authorization: `Bearer ${bearer}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
  };
}

export const task = (key: string, fields: object = {}) => ({
  attributes: { type: 'Task' },
  [keyField]: key,
  ...fields,
});
export const query = (soql: string) => `/query?q=${encodeURIComponent(soql)}`;
export const search = (sosl: string) => `/search?q=${encodeURIComponent(sosl)}`;
