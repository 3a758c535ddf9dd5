import { randomBytes } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** What AWS KMS and Vault's transit engine are, as far as we talk to them: real HTTP, keys that stay there. */
export interface KeyService {
  readonly url: string;
  readonly asked: { headers: IncomingHttpHeaders; path: string; body: Record<string, unknown> }[];
  /** answered in turn to the next requests, before anything is done */
  readonly faults: { status: number; type?: string }[];
  /** answers nothing but 503 */
  isDown: boolean;
  close(): Promise<void>;
}

export async function startKeyService(): Promise<KeyService> {
  const held = new Map<string, unknown>();
  const asked: KeyService['asked'] = [];
  const faults: KeyService['faults'] = [];
  const keep = (plain: unknown, about: unknown) => {
    const blob = randomBytes(24).toString('base64');
    held.set(`${blob} ${JSON.stringify(about)}`, plain);
    return blob;
  };
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const body = JSON.parse(text) as Record<string, unknown>;
    const { headers, url: path = '' } = request;
    asked.push({ headers, path, body });
    const answer = (status: number, value: object) => response.writeHead(status).end(JSON.stringify(value));
    const fault = service.isDown ? { status: 503 } : faults.shift();
    if (fault !== undefined)
      return answer(fault.status, { __type: fault.type, message: 'arn:aws:kms:secret' });
    const target = String(headers['x-amz-target']);
    if (target === 'TrentService.Encrypt')
      return answer(200, { CiphertextBlob: keep(body['Plaintext'], body['EncryptionContext']) });
    if (path.includes('/encrypt/'))
      return answer(200, { data: { ciphertext: `vault:v1:${keep(body['plaintext'], '')}` } });
    const transit = path.includes('/decrypt/');
    const blob = transit ? String(body['ciphertext']).slice('vault:v1:'.length) : body['CiphertextBlob'];
    const plain = held.get(`${String(blob)} ${JSON.stringify(transit ? '' : body['EncryptionContext'])}`);
    if (plain === undefined) return answer(400, { __type: 'InvalidCiphertextException' });
    return answer(200, transit ? { data: { plaintext: plain } } : { Plaintext: plain });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const service: KeyService = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    faults,
    isDown: false,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return service;
}
