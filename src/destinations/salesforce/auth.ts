import { createPrivateKey } from 'node:crypto';
import { SignJWT } from 'jose';
import { CrmError } from '../../core/errors.ts';
import { CallError } from './call-error.ts';
import { codeOf, notSent } from './errors.ts';
import { scrub } from './scrub.ts';
import type { SalesforceAuth } from './options.ts';
import type { Transport } from './transport.ts';

/** A way into the org, until Salesforce ends it. */
export interface Token {
  readonly accessToken: string;
  readonly instanceUrl: string;
  /** id of the user as whom we work, when the answer tells */
  readonly userId?: string;
}

/** `exp` of a JWT: at most 3 minutes ahead (Salesforce docs, OAuth JWT bearer flow). */
const jwtLifetimeSeconds = 150;
/** A clock that is off by less does not matter to a JWT. */
const clockToleranceMs = 20_000;

/** Asks for an access token. @throws CrmError `auth-failed`, `unavailable`, `rate-limited`, `address-wrong` */
export async function requestToken(
  loginUrl: string,
  auth: SalesforceAuth,
  transport: Transport,
): Promise<Token> {
  const { OAuth2 } = await import('jsforce');
  const oauth2 = new OAuth2({ loginUrl });
  oauth2._transport = transport.forJsforce;
  const ask = async () => oauth2.requestToken(await grant(loginUrl, auth, transport.clockAhead()));
  const assumed = transport.clockAhead();
  let answer: Awaited<ReturnType<typeof ask>> | undefined;
  try {
    answer = await ask().catch((error: unknown) => {
      // Salesforce measures by its own clock for how long a JWT is good; its answer has told the time.
      const isOff = Math.abs(transport.clockAhead() - assumed) > clockToleranceMs;
      if (auth.flow === 'jwt' && isOff) return ask();
      throw error;
    });
  } catch (error) {
    throw loginError(error);
  }
  if (typeof answer?.access_token !== 'string') {
    throw new CrmError('unavailable', 'the answer of the token endpoint holds no token');
  }
  const userId = /\/(005\w{12,15})$/.exec(String(answer.id ?? ''))?.[1];
  return {
    accessToken: answer.access_token,
    instanceUrl: instanceOf(loginUrl, answer.instance_url),
    ...(userId === undefined ? {} : { userId }),
  };
}

async function grant(
  loginUrl: string,
  auth: SalesforceAuth,
  clockAhead: number,
): Promise<{ grant_type: string; [name: string]: string }> {
  if (auth.flow === 'client-credentials') {
    return {
      grant_type: 'client_credentials',
      client_id: auth.clientId,
      client_secret: auth.clientSecret,
    };
  }
  return {
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    assertion: await sign(auth, auth.audience ?? audienceOf(loginUrl), Date.now() + clockAhead),
  };
}

async function sign(
  auth: Extract<SalesforceAuth, { flow: 'jwt' }>,
  audience: string,
  now: number,
): Promise<string> {
  try {
    return await new SignJWT()
      .setProtectedHeader({ alg: 'RS256' })
      .setIssuer(auth.clientId)
      .setSubject(auth.username)
      .setAudience(audience)
      .setExpirationTime(Math.floor(now / 1_000) + jwtLifetimeSeconds)
      .sign(createPrivateKey(auth.privateKey));
  } catch {
    // The library's own words may quote the key.
    throw new CrmError('auth-failed', 'The private key cannot be used: it must be an RSA key in PEM form.');
  }
}

/** JWTs are always meant for one of these two hosts, whatever My Domain the org has. */
function audienceOf(loginUrl: string): string {
  const { hostname } = new URL(loginUrl);
  const sandbox = hostname === 'test.salesforce.com' || hostname.endsWith('.sandbox.my.salesforce.com');
  return sandbox ? 'https://test.salesforce.com' : 'https://login.salesforce.com';
}

/** Calls go where the settings point; only Salesforce's own login hosts may send us on, and only to Salesforce. */
function instanceOf(loginUrl: string, told: unknown): string {
  const own = new URL(loginUrl);
  if (typeof told !== 'string' || !URL.canParse(told)) return own.origin;
  const instance = new URL(told);
  const salesforce = (host: string) => /\.(salesforce|force|salesforce-setup)\.(com|mil)$/.test(host);
  const allowed =
    instance.hostname === own.hostname || (salesforce(own.hostname) && salesforce(instance.hostname));
  return allowed && (instance.protocol === 'https:' || own.protocol === 'http:')
    ? instance.origin
    : own.origin;
}

function loginError(error: unknown): CrmError {
  if (error instanceof CrmError) return error;
  if (!(error instanceof CallError)) {
    return new CrmError('unavailable', 'the answer of the token endpoint cannot be read');
  }
  const words = scrub([error.code, error.message].filter((part) => part !== '').join(': '));
  if (error.kind === 'not-sent') return notSent(error.message);
  if (error.kind !== 'refused') return new CrmError('unavailable', words);
  const code = codeOf(error, { place: 'login', keyField: '', status: error.status });
  if (code !== 'address-wrong') return new CrmError(code, words);
  return new CrmError(code, `The token endpoint answers with HTTP ${error.status ?? 0}.`);
}
