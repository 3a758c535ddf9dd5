import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FrontRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface FrontAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers in the sandbox's place, or changes what the sandbox answered; undefined: as the sandbox has it. */
export type FrontRule = (
  request: FrontRequest,
  forward: (headers?: Record<string, string>) => Promise<FrontAnswer>,
) => FrontAnswer | undefined | Promise<FrontAnswer | undefined>;

export interface Front {
  readonly url: string;
  readonly requests: readonly FrontRequest[];
  close(): Promise<void>;
}

/** A server before the sandbox, for accounts that answer otherwise than it does. */
export async function startFront(target: string, rule: FrontRule): Promise<Front> {
  const requests: FrontRequest[] = [];
  const server = createServer((incoming, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
      const { method = 'GET', url: path = '/', headers } = incoming;
      const request = { method, path, headers, body: Buffer.concat(chunks).toString() };
      requests.push(request);
      const forward = (extra: Record<string, string> = {}) => forwardTo(target, request, extra);
      const { status, body, headers: own = {} } = (await rule(request, forward)) ?? (await forward());
      response.writeHead(status, { 'content-type': 'application/json', ...own });
      response.end(body === undefined ? '' : JSON.stringify(body));
    })();
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}

async function forwardTo(
  target: string,
  { method, path, headers, body }: FrontRequest,
  extra: Readonly<Record<string, string>>,
): Promise<FrontAnswer> {
  const answer = await fetch(`${target}${path}`, {
    method,
    headers: {
      ...(headers.authorization && { authorization: headers.authorization }),
      ...(headers['content-type'] && { 'content-type': headers['content-type'] }),
      ...extra,
    },
    ...(body !== '' && { body }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) };
}
