import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { ConsoleOperations } from '../pipeline/operations.ts';
import { identify, isLocalOnly, isToken, refuseGuesses, requireAccess, type AccessRule } from './access.ts';
import { checked, RequestError } from './errors.ts';
import { Guesses } from './guesses.ts';
import { mayRead, roles, type Role } from './identity.ts';
import type { Provider } from './provider.ts';
import { sessionCookie, type Sessions } from './sessions.ts';

export interface SignInDeps {
  readonly rule: AccessRule;
  readonly sessions: Sessions | undefined;
  readonly provider: Provider | undefined;
  readonly operations: Pick<ConsoleOperations, 'keepAudit'>;
  /** of the pages: `` or `/whatsapp` */
  readonly prefix: string;
  /** the console is reached by https */
  readonly isSecure: boolean;
}

const signingIn = 'wcs_sign_in';
const mostBytes = 8 * 1024;

/** Who is signed in, and how to sign in and out: by ADMIN_TOKEN, or by the firm's identity provider (OpenID Connect). */
export async function registerSignIn(app: FastifyInstance, deps: SignInDeps): Promise<void> {
  const { rule, sessions, prefix } = deps;
  const cookie = {
    path: `${prefix}/`,
    httpOnly: true,
    secure: deps.isSecure,
    // A provider sends the browser back to us: a stricter cookie would not come along.
    sameSite: 'lax',
  } as const;
  const refusals = new Guesses();
  app.removeContentTypeParser('text/plain');

  app.get('/api/session', async (request) => {
    const identity = await identify(rule, request);
    const ways = { token: rule.adminToken !== undefined, provider: deps.provider !== undefined };
    if (identity === undefined) return { signedIn: false, isLocalOnly: isLocalOnly(rule), ways };
    const { actor, roles: granted, via, session } = identity;
    const csrf = session === undefined ? undefined : sessions?.csrfOf(session);
    return { signedIn: true, actor, roles: granted, mayRead: mayRead(identity), via, csrf, ways };
  });

  app.post('/api/session', { bodyLimit: mostBytes }, async (request, reply) => {
    const { token } = checked(z.strictObject({ token: z.string().max(1_000) }), request.body);
    await refuseGuesses(rule, request.ip);
    if (sessions === undefined || !isToken(rule, token)) {
      await rule.guesses.note(request.ip);
      await refused({ way: 'token' });
      throw new RequestError(401, 'unauthorised', 'This is not the ADMIN_TOKEN.');
    }
    await begin(reply, 'admin', roles);
    return { signedIn: true };
  });

  app.post('/api/session/end', { onRequest: requireAccess(rule) }, async (request, reply) => {
    const { actor = '', session } = request.identity ?? {};
    if (session !== undefined) sessions?.end(session);
    // Other processes learn from the entry that this session is over.
    const detail = session === undefined ? {} : { session };
    await deps.operations.keepAudit({ actor, action: 'session.sign-out', subject: '', detail });
    void reply.clearCookie(sessionCookie, cookie);
    return { signedIn: false };
  });

  app.get('/auth/start', async (request, reply) => {
    const started = await providerOf(deps).start(wayBack(request));
    if ('problem' in started) return reply.redirect(`${prefix}/sign-in?problem=${started.problem}`, 303);
    void reply.setCookie(signingIn, started.memory, { ...cookie, maxAge: 600 });
    return reply.redirect(started.address, 303);
  });

  app.get('/auth/callback', async (request, reply) => {
    const provider = providerOf(deps);
    void reply.clearCookie(signingIn, cookie);
    const search = new URL(request.url, 'http://here').search;
    const found = await provider.finish(search, request.cookies[signingIn]);
    if ('problem' in found) {
      // Whoever makes up answers of the provider fills no audit log.
      if (!(await refusals.areOver(request.ip))) await refused({ way: 'provider', problem: found.problem });
      await refusals.note(request.ip);
      return reply.redirect(`${prefix}/sign-in?problem=${found.problem}`, 303);
    }
    await begin(reply, found.actor, found.roles);
    return reply.redirect(`${prefix}${found.wayBack}`, 303);
  });

  function refused(detail: Record<string, unknown>): Promise<void> {
    return deps.operations.keepAudit({ actor: 'unknown', action: 'session.refused', subject: '', detail });
  }

  async function begin(reply: FastifyReply, actor: string, granted: readonly Role[]): Promise<void> {
    if (sessions === undefined) throw new RequestError(404, 'not-found', 'Nobody can sign in here.');
    const detail = { roles: granted };
    await deps.operations.keepAudit({ actor, action: 'session.sign-in', subject: '', detail });
    void reply.setCookie(sessionCookie, await sessions.begin(actor, granted), {
      ...cookie,
      maxAge: sessions.maxAge,
    });
  }
}

function providerOf({ provider }: SignInDeps): Provider {
  if (provider !== undefined) return provider;
  throw new RequestError(404, 'not-found', 'There is no identity provider in the settings.');
}

/** A page of ours, never an address elsewhere. */
function wayBack({ query }: FastifyRequest): string {
  const { to } = query as { to?: unknown };
  return typeof to === 'string' && /^\/(?![/\\])[\w\-/?=&%.+:]*$/.test(to) ? to : '/';
}
