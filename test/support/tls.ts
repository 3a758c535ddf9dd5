import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer, type SecureContextOptions } from 'node:tls';

/** What is wrong with a certificate; `right`: nothing, for who trusts the authority. */
export type CertificateKind = 'right' | 'self-signed' | 'expired' | 'wrong-host';

/** A TLS server on 127.0.0.1 before a plain one. */
export interface TlsFront {
  /** `https://localhost:…` */
  readonly url: string;
  /** to be trusted: the path of the authority that signed the right certificate */
  readonly authority: string;
  /** for connections to come; those that are open are ended */
  present(kind: CertificateKind): void;
  /** bytes that came through the handshake and went on */
  readonly passed: number;
  close(): Promise<void>;
}

/** @param folder where keys and certificates are made, with openssl @throws when it is not installed */
export async function openTlsFront(folder: string, target: number, kind: CertificateKind): Promise<TlsFront> {
  const made = makeCertificates(folder);
  const sockets = new Set<Socket>();
  let passed = 0;
  const server = createServer(made[kind], (client) => {
    const behind = connect(target, '127.0.0.1');
    for (const [one, other] of [
      [client, behind],
      [behind, client],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
    client.on('data', (chunk: Buffer) => (passed += chunk.length));
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    authority: join(folder, 'authority.pem'),
    present(next) {
      server.setSecureContext(made[next]);
      for (const socket of sockets) socket.destroy();
    },
    get passed() {
      return passed;
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function makeCertificates(folder: string): Record<CertificateKind, SecureContextOptions> {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const self = (name: string, host: string) =>
    openssl(
      'req',
      '-x509',
      ...key,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.pem`,
      '-days',
      '2',
      '-subj',
      `/CN=${host}`,
      '-addext',
      `subjectAltName=DNS:${host}`,
    );
  // Several servers of one folder have one authority.
  if (!existsSync(join(folder, 'authority.pem'))) self('authority', 'Authority of a test');
  self('self-signed', 'localhost');
  const signed = (name: string, host: string, ...time: string[]) => {
    openssl(
      'req',
      ...key,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
      '-subj',
      `/CN=${host}`,
      '-addext',
      `subjectAltName=DNS:${host}`,
    );
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      'authority.pem',
      '-CAkey',
      'authority.key',
      '-CAcreateserial',
      '-copy_extensions',
      'copy',
      '-out',
      `${name}.pem`,
      ...time,
    );
  };
  signed('right', 'localhost', '-days', '2');
  // It ended before it began: whatever the clock says, it is over.
  signed('expired', 'localhost', '-days', '-1');
  signed('wrong-host', 'elsewhere.example', '-days', '2');
  const read = (name: string): SecureContextOptions => ({
    key: readFileSync(join(folder, `${name}.key`)),
    cert: readFileSync(join(folder, `${name}.pem`)),
  });
  return {
    right: read('right'),
    'self-signed': read('self-signed'),
    expired: read('expired'),
    'wrong-host': read('wrong-host'),
  };
}
