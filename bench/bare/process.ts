import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { appSecret } from '../../test/support/traffic.ts';

const [store = 'none', databaseUrl = ''] = process.argv.slice(2);

type Keep = (body: Buffer) => Promise<unknown>;

const insert =
  'insert into webhooks (hash, body) select * from unnest($1::text[], $2::text[]) on conflict do nothing';
const hashOf = (body: Buffer) => createHash('sha256').update(body).digest('hex');

async function keeper(): Promise<Keep> {
  if (store === 'none') return async () => undefined;
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 });
  pool.on('error', () => undefined);
  await pool.query('create table webhooks (id bigserial primary key, hash text unique, body text)');
  const write = (bodies: readonly Buffer[]) => pool.query(insert, [bodies.map(hashOf), bodies.map(String)]);
  return store === 'single' ? (body) => write([body]) : grouped(write);
}

/** One transaction at a time: what comes meanwhile goes with the next. */
function grouped(write: (bodies: readonly Buffer[]) => Promise<unknown>): Keep {
  let waiting: { body: Buffer; resolve: () => void; reject: (error: unknown) => void }[] = [];
  let isWriting = false;
  const flush = async () => {
    isWriting = true;
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      await write(batch.map(({ body }) => body)).then(
        () => batch.forEach(({ resolve }) => resolve()),
        (error) => batch.forEach(({ reject }) => reject(error)),
      );
    }
    isWriting = false;
  };
  return (body) =>
    new Promise((resolve, reject) => {
      waiting.push({ body, resolve: () => resolve(undefined), reject });
      if (!isWriting) void flush();
    });
}

function isSigned(body: Buffer, header: string | undefined): boolean {
  const expected = `sha256=${createHmac('sha256', appSecret).update(body).digest('hex')}`;
  const given = header ?? '';
  return given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected));
}

const keep = await keeper();
const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const body = Buffer.concat(parts);
    if (!isSigned(body, request.headers['x-hub-signature-256'] as string | undefined)) {
      response.writeHead(401).end();
      return;
    }
    JSON.parse(body.toString());
    keep(body).then(
      () => response.writeHead(200).end(),
      () => response.writeHead(503).end(),
    );
  });
});
server.listen(0, '127.0.0.1', () => {
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
});
process.once('disconnect', () => process.exit());
