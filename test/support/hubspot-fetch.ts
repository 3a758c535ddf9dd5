import type { HubSpotSandbox } from '../../src/sandbox/hubspot/index.ts';

interface Result {
  readonly id: string;
  readonly properties: Readonly<Record<string, string | null>>;
  readonly objectWriteTraceId?: string;
  readonly new?: boolean;
}

interface RowError {
  readonly category: string;
  readonly message: string;
  readonly context: Readonly<Record<string, readonly string[]>>;
}

export interface Body {
  readonly category?: string;
  readonly message?: string;
  readonly total?: number;
  readonly numErrors?: number;
  readonly id?: string;
  readonly properties?: Result['properties'];
  readonly results: readonly [Result, ...Result[]];
  readonly errors: readonly [RowError, ...RowError[]];
  readonly paging?: { readonly next: { readonly after: string } };
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** A request with the sandbox's token, as an integrator without an SDK would send it. */
export async function callHubSpot(
  sandbox: HubSpotSandbox,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const response = await fetch(sandbox.url + path, {
    method,
    headers: {
      authorization: `Bearer ${sandbox.accessToken}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: JSON.parse(text || '{}') as Body };
}
