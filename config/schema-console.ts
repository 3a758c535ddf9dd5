import { z } from 'zod';
import { duration, httpUrl, secret } from './schema-values.ts';

const names = z.array(z.string().min(1)).default([]);

/** The console: how browsers reach it, and how people sign in. */
export const consoleShape = z.strictObject({
  /** with the path under which a proxy shows it: `https://crm.example.com/whatsapp` */
  publicUrl: httpUrl.optional(),
  /** signs sessions; without it ADMIN_TOKEN does. Changing it signs everybody out */
  secret: secret.min(16, 'must have at least 16 characters').optional(),
  /** how long somebody stays signed in */
  session: duration.default(8 * 3_600_000),
  /** records in the CRM may carry a link to their chat, which its holder reads without signing in */
  links: z
    .strictObject({
      /** how long a link is good, from the day of its message */
      days: z.int().min(1).max(3_650).default(30),
    })
    .optional(),
  /** people sign in with the firm's identity provider (OpenID Connect) */
  oidc: z
    .strictObject({
      issuer: httpUrl,
      clientId: secret,
      clientSecret: secret.optional(),
      scope: z.string().default('openid profile email'),
      /** claim of the ID token with groups or roles */
      rolesClaim: z.string().min(1).default('roles'),
      /** values of the claim that give each role; "*": everybody who can sign in */
      roles: z.strictObject({ viewer: names, admin: names, compliance: names }),
    })
    .optional(),
});
