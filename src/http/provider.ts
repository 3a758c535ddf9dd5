import { jwtVerify, SignJWT } from 'jose';
import * as oidc from 'openid-client';
import { z } from 'zod';
import { derive } from '../core/derive.ts';
import type { Log } from '../observe/log.ts';
import { roles, type Role } from './identity.ts';

/** How people sign in with the firm's identity provider; see config/schema-console.ts. */
export interface ProviderSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret?: string | undefined;
  readonly scope: string;
  /** claim that names a person's groups or roles */
  readonly rolesClaim: string;
  /** its values that give each role; `*`: everybody who can sign in */
  readonly roles: Readonly<Record<Role, readonly string[]>>;
}

export type SignedIn =
  | { readonly actor: string; readonly roles: readonly Role[]; readonly wayBack: string }
  | { readonly problem: 'expired' | 'refused' | 'no-role' | 'unreachable' };

/** An OpenID Connect provider: authorization code with PKCE, state and nonce. */
export interface Provider {
  /** Where the browser goes to sign in, and what it brings back in a cookie. @throws when the provider cannot be reached */
  start(
    wayBack: string,
  ): Promise<{ readonly address: string; readonly memory: string } | { readonly problem: 'unreachable' }>;
  finish(search: string, memory: string | undefined): Promise<SignedIn>;
}

const remembered = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  wayBack: z.string(),
});

/** @param publicUrl of the console, as the provider knows it */
export function createProvider(
  settings: ProviderSettings,
  publicUrl: string,
  secret: string,
  log: Log,
): Provider {
  const key = derive(secret, 'sign-in');
  const redirect = `${publicUrl}/auth/callback`;
  let discovered: Promise<oidc.Configuration> | undefined;
  const configuration = () => {
    discovered ??= discover(settings).catch((error: unknown) => {
      discovered = undefined;
      throw error;
    });
    return discovered;
  };
  return {
    async start(wayBack) {
      const config = await configuration().catch((error: unknown) => {
        log.warn({ error: messageOf(error) }, 'the identity provider cannot be reached');
        return undefined;
      });
      if (config === undefined) return { problem: 'unreachable' };
      const [state, nonce, verifier] = [
        oidc.randomState(),
        oidc.randomNonce(),
        oidc.randomPKCECodeVerifier(),
      ];
      const address = oidc.buildAuthorizationUrl(config, {
        redirect_uri: redirect,
        scope: settings.scope,
        state,
        nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      });
      const memory = await new SignJWT({ state, nonce, verifier, wayBack })
        .setProtectedHeader({ alg: 'HS256' })
        .setExpirationTime('10m')
        .sign(key);
      return { address: address.href, memory };
    },

    async finish(search, memory) {
      const before = await recall(memory, key);
      if (before === undefined) return { problem: 'expired' };
      try {
        const tokens = await oidc.authorizationCodeGrant(await configuration(), new URL(redirect + search), {
          pkceCodeVerifier: before.verifier,
          expectedState: before.state,
          expectedNonce: before.nonce,
          idTokenExpected: true,
        });
        const said = tokens.claims() ?? { sub: '' };
        const granted = rolesOf(settings, said as Readonly<Record<string, unknown>>);
        if (granted.length === 0) return { problem: 'no-role' };
        return { actor: nameOf(said), roles: granted, wayBack: before.wayBack };
      } catch (error) {
        log.warn({ error: messageOf(error) }, 'a sign-in failed');
        return { problem: 'refused' };
      }
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 200) : '';
}

/** Plain http is for a provider on this machine only. */
function discover({ issuer, clientId, clientSecret }: ProviderSettings): Promise<oidc.Configuration> {
  const url = new URL(issuer);
  const isHere = url.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  return oidc.discovery(url, clientId, clientSecret, clientSecret === undefined ? oidc.None() : undefined, {
    ...(isHere && { execute: [oidc.allowInsecureRequests] }),
  });
}

async function recall(
  memory: string | undefined,
  key: Uint8Array,
): Promise<z.output<typeof remembered> | undefined> {
  try {
    const { payload } = await jwtVerify(memory ?? '', key, { algorithms: ['HS256'] });
    return remembered.parse(payload);
  } catch {
    return undefined;
  }
}

function rolesOf(
  { rolesClaim, roles: given }: ProviderSettings,
  said: Readonly<Record<string, unknown>>,
): Role[] {
  const values = [said[rolesClaim]].flat().map(String);
  return roles.filter((role) => given[role].some((value) => value === '*' || values.includes(value)));
}

function nameOf(said: Readonly<Record<string, unknown>>): string {
  const { email, preferred_username: name, sub } = said;
  return (
    [email, name, sub].find((one): one is string => typeof one === 'string' && one !== '')?.slice(0, 200) ??
    ''
  );
}
