import { z } from 'zod';
import { exportFormats } from '../pipeline/export-operations.ts';

/** What the address of an export of records takes. */
export function recordsRequests({
  range,
  number,
  by,
}: {
  readonly range: Readonly<Record<'from' | 'to', z.ZodOptional<z.ZodType<string>>>>;
  readonly number: z.ZodType<string>;
  readonly by: z.ZodType<string>;
}) {
  const formats = z
    .string()
    .transform((text) => text.split(',').filter((one) => one !== ''))
    .pipe(z.array(z.enum(exportFormats)))
    .default(['html', 'json', 'csv'])
    .describe(`${exportFormats.join(', ')}: several with commas`);
  const chosen = {
    person: z
      .string()
      .trim()
      .min(1)
      .max(200)
      .describe('phone number, WhatsApp user id or id of a CRM contact')
      .optional(),
    number: number.describe('of the firm').optional(),
    owner: z.string().trim().min(1).max(200).describe('e-mail address of who held a number').optional(),
    conversation: z
      .string()
      .regex(/^[0-9a-f]{32}$/, 'must be 32 hex digits')
      .describe('id of a chat')
      .optional(),
  };
  return {
    recordsExport: z
      .strictObject({
        ...chosen,
        ...range,
        formats,
        all: z.stringbool().describe('everything there is').default(false),
        by,
      })
      .refine(
        ({ all, ...asked }) =>
          all ||
          ['person', 'number', 'owner', 'conversation', 'from', 'to'].some(
            (name) => Reflect.get(asked, name) !== undefined,
          ),
        {
          path: ['all'],
          message: 'say what is exported, or "all=true"',
        },
      ),
  };
}
