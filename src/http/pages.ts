import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { identify, isLocalOnly, type AccessRule } from './access.ts';
import { RequestError } from './errors.ts';
import { policyWith } from './headers.ts';

export interface PagesDeps {
  /** the built console; undefined or not there: it says so */
  readonly folder: string | undefined;
  /** path under which browsers reach us: `` or `/whatsapp` */
  readonly prefix: string;
  readonly rule: AccessRule;
}

/** Addresses that the console's own router knows; all are the same page. */
const pages = [
  '/',
  '/sign-in',
  '/conversations',
  '/conversations/:id',
  '/waiting/:state',
  '/proof',
  '/proof/reports/:day',
  '/differences',
  '/differences/:destination/:key',
  '/retention',
  '/quarantine',
  '/mappings',
  '/mappings/:destination',
  '/settings',
  '/audit',
  '/shared/:token',
];

/** The console: one page and its files. It holds no data; those come from the API, to whom they may. */
export async function registerPages(app: FastifyInstance, deps: PagesDeps): Promise<void> {
  const page = readPage(deps);
  if (deps.folder !== undefined && page !== undefined) {
    await app.register(fastifyStatic, {
      root: join(deps.folder, 'assets'),
      prefix: '/assets/',
      decorateReply: false,
      cacheControl: false,
      // Their names change with their content.
      setHeaders: (reply) => void reply.header('cache-control', 'public, max-age=31536000, immutable'),
    });
  }
  for (const url of pages) {
    app.get(url, async (request, reply) => {
      // Where nobody can sign in, nobody else sees even the empty page; a link is good by itself.
      const isLink = url.startsWith('/shared/');
      if (!isLink && isLocalOnly(deps.rule) && (await identify(deps.rule, request)) === undefined) {
        throw new RequestError(
          401,
          'unauthorised',
          'Without ADMIN_TOKEN this is answered on this machine only.',
        );
      }
      if (page === undefined) {
        throw new RequestError(503, 'not-built', 'The console is not built. Run: npm run build');
      }
      const nonce = randomBytes(16).toString('base64');
      return reply
        .header('content-security-policy', policyOf(nonce))
        .type('text/html; charset=utf-8')
        .send(page.replaceAll('__NONCE__', nonce));
    });
  }
}

/** Scripts and pictures from us alone; styles that the page makes itself carry the nonce. */
function policyOf(nonce: string): string {
  return policyWith([
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "media-src 'self'",
    "connect-src 'self'",
  ]);
}

function readPage({ folder, prefix }: PagesDeps): string | undefined {
  const path = folder === undefined ? undefined : join(folder, 'index.html');
  if (path === undefined || !existsSync(path)) return undefined;
  return readFileSync(path, 'utf8').replaceAll('"./', `"${prefix}/`).replaceAll('__PREFIX__', prefix);
}
