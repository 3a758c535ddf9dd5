import { z } from 'zod';
import { httpUrl, secret } from './schema-values.ts';

const isTimeZone = (name: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
};

const smtp = z
  .strictObject({
    host: z.string().min(1),
    port: z.int().min(1).max(65_535).default(587),
    /** TLS from the first byte, as on port 465; else STARTTLS */
    secure: z.boolean().default(false),
    /** false: also without TLS, for a server on this machine */
    requireTls: z.boolean().default(true),
    user: z.string().min(1).optional(),
    password: secret.optional(),
  })
  .refine((one) => (one.user === undefined) === (one.password === undefined), {
    path: ['password'],
    message: 'user and password go together',
  });

/** Somebody who gets the daily reports. */
const recipient = z.union(
  [
    z.strictObject({ folder: z.string().min(1) }),
    z.strictObject({
      webhook: httpUrl,
      /** signs what is sent */
      secret: secret.optional(),
    }),
    z.strictObject({
      email: z.email('must be an e-mail address'),
      from: z.email('must be an e-mail address'),
      smtp,
    }),
  ],
  'must be a folder, a webhook or an email (with from and smtp)',
);

/** Reports that come by themselves. */
export const reportShape = z.strictObject({
  daily: z
    .strictObject({
      /** made and sent at this hour, about the UTC day that is over by then */
      at: z
        .string()
        .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time like "06:00"')
        .default('06:00'),
      /** whose hour it is */
      timeZone: z.string().refine(isTimeZone, 'must be a time zone like Europe/Berlin').default('UTC'),
      /** nobody: the reports are kept and can be read in the console and by `wcs daily` */
      to: z.array(recipient).default([]),
    })
    .prefault({}),
});
