import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

/** A small OpenID Connect provider on 127.0.0.1 at which everybody is who `person` says, without being asked. */
export interface IdentityProvider {
  readonly issuer: string;
  /** claims of whoever signs in next */
  person: Record<string, unknown>;
  /** what the last authorization request asked */
  asked: URLSearchParams;
  close(): Promise<void>;
}

export const clientId = 'console';
export const clientSecret = 'a-secret-of-the-client';

export async function startIdentityProvider(): Promise<IdentityProvider> {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256', use: 'sig' };
  const codes = new Map<string, URLSearchParams>();
  const server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', provider.issuer);
    const json = (body: unknown, status = 200) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    if (url.pathname === '/.well-known/openid-configuration') {
      return json({
        issuer: provider.issuer,
        authorization_endpoint: `${provider.issuer}/authorize`,
        token_endpoint: `${provider.issuer}/token`,
        jwks_uri: `${provider.issuer}/keys`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
        code_challenge_methods_supported: ['S256'],
      });
    }
    if (url.pathname === '/keys') return json({ keys: [jwk] });
    if (url.pathname === '/authorize') {
      provider.asked = url.searchParams;
      const code = `code-${codes.size}`;
      codes.set(code, url.searchParams);
      const back = new URL(url.searchParams.get('redirect_uri') ?? '');
      back.searchParams.set('code', code);
      back.searchParams.set('state', url.searchParams.get('state') ?? '');
      response.writeHead(302, { location: back.href });
      return response.end();
    }
    if (url.pathname !== '/token') return json({}, 404);
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on(
      'end',
      () => void token(new URLSearchParams(text)).then(json, () => json({ error: 'invalid_grant' }, 400)),
    );
  });

  async function token(form: URLSearchParams): Promise<object> {
    const code = form.get('code') ?? '';
    const asked = codes.get(code);
    if (asked === undefined) throw new Error('no such code');
    codes.delete(code);
    const challenge = await crypto.subtle.digest('SHA-256', Buffer.from(form.get('code_verifier') ?? ''));
    if (Buffer.from(challenge).toString('base64url') !== asked.get('code_challenge'))
      throw new Error('not who began');
    const idToken = await new SignJWT({ ...provider.person, nonce: asked.get('nonce') })
      .setProtectedHeader({ alg: 'RS256', kid: 'one' })
      .setIssuer(provider.issuer)
      .setAudience(clientId)
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(privateKey);
    return { access_token: 'access', token_type: 'Bearer', id_token: idToken };
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const provider: IdentityProvider = {
    issuer: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    person: { sub: '1' },
    asked: new URLSearchParams(),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return provider;
}
