import { Agent, request } from 'node:http';

export interface Posted {
  readonly status: number;
  readonly text: string;
}

/** Connections that are kept, so that a case costs a request and no more. */
const agent = new Agent({ keepAlive: true, maxSockets: 20 });

/** Sends bytes as they are. An answer that comes before the body was taken (413) counts, too. */
export function send(
  port: number,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: Buffer = Buffer.alloc(0),
  isAgain = false,
): Promise<Posted> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, method, path, headers: { ...headers }, agent };
    const outgoing = request(options, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => void chunks.push(chunk));
      incoming.once('error', reject);
      incoming.once('end', () => {
        resolve({ status: incoming.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') });
      });
    });
    // The server may end a kept connection at the moment when it is used again: every client asks once more.
    const again = () => send(port, method, path, headers, body, true).then(resolve, reject);
    outgoing.once('error', (error) => (outgoing.reusedSocket && !isAgain ? again() : reject(error)));
    outgoing.end(body);
  });
}

export function closeConnections(): void {
  agent.destroy();
}
