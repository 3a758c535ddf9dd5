import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { mutate, toJson, toText, type Edit } from './mutate.ts';

/** How the next answers are changed. */
export interface Harm {
  /** of the answer in JSON */
  readonly edits: readonly Edit[];
  /** which of the answers, from 0; the others pass */
  readonly nth: number;
  /** instead of its own */
  readonly status?: number | undefined;
  readonly header?: { readonly name: string; readonly value: string } | undefined;
  /** bytes that are missing at its end */
  readonly cut?: number | undefined;
}

/** Stands before look-alikes of providers and changes what they answer. */
export interface ChangingProxy {
  readonly url: string;
  /** what was answered since {@link harm} was called, as it was sent */
  readonly answers: Buffer[];
  /** undefined: all pass unchanged */
  harm(harm: Harm | undefined): void;
  close(): Promise<void>;
}

/** @param target its own address in answers is replaced by the proxy's */
export async function startChangingProxy(target: string): Promise<ChangingProxy> {
  let harm: Harm | undefined;
  let count = 0;
  const answers: Buffer[] = [];
  const server = createServer((incoming, outgoing) => {
    void pass(incoming, outgoing).catch(() => outgoing.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const answer = await forward(target, incoming);
    const own = answer.body.toString('utf8').replaceAll(target, url);
    const isIt = harm !== undefined && count === harm.nth;
    if (harm !== undefined) count += 1;
    const body = isIt && harm ? changed(own, harm) : Buffer.from(own);
    answers.push(body);
    const headers = {
      ...answer.headers,
      ...(isIt && harm?.header && { [harm.header.name]: harm.header.value }),
    };
    delete headers['content-length'];
    delete headers['transfer-encoding'];
    outgoing.writeHead((isIt ? harm?.status : undefined) ?? answer.status, headers);
    outgoing.end(body);
  }

  return {
    url,
    answers,
    harm(next) {
      harm = next;
      count = 0;
      answers.length = 0;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function changed(text: string, { edits, cut = 0 }: Harm): Buffer {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = text;
  }
  const harmed = mutate(value, edits);
  const bytes = typeof value === 'string' ? Buffer.from(toText(harmed)) : toJson(harmed);
  return bytes.subarray(0, Math.max(0, bytes.length - cut));
}

function forward(
  target: string,
  incoming: IncomingMessage,
): Promise<{ status: number; headers: Record<string, string | string[]>; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const { method, url = '/', headers } = incoming;
    const outgoing = request(new URL(url, target), { method, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => void chunks.push(chunk));
      answer.once('error', reject);
      answer.once('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers as Record<string, string | string[]>,
          body: Buffer.concat(chunks),
        }),
      );
    });
    outgoing.once('error', reject);
    incoming.pipe(outgoing);
  });
}
