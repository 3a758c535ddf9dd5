import { errorTable, type ErrorCode } from '../core/errors.ts';
import type { Destination, Finding, RecordKind } from '../destinations/destination.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { validateMapping } from '../mapping/validate.ts';
import { describeError } from './brake.ts';

/** Credentials, permissions, key field and mapping of one destination against the live CRM, in an admin's words. */
export async function checkDestination(destination: Destination, mapping: Mapping): Promise<Finding[]> {
  const findings = await destination.check();
  // Without a way in, what the describe would say is no news.
  if (findings.some((finding) => finding.code === 'auth-failed' || finding.code === 'unavailable'))
    return findings;
  const kinds = (['message', 'call', 'contact', 'lead'] as const).filter(
    (kind) => mapping[kind] !== undefined,
  );
  for (const kind of kinds) findings.push(...(await checkMapping(destination, mapping, kind)));
  return findings;
}

async function checkMapping(
  destination: Destination,
  mapping: Mapping,
  kind: RecordKind,
): Promise<Finding[]> {
  const object = kind === 'contact' || kind === 'lead' ? kind : destination.objects[kind];
  try {
    const mistakes = validateMapping(mapping, kind, object, await destination.describe(kind));
    return mistakes.length > 0
      ? mistakes
      : [
          {
            level: 'ok',
            subject: `${kind} mapping`,
            text: `every field exists on ${object} and can be written`,
          },
        ];
  } catch (error) {
    const { code, reason } = describeError(error);
    return [
      {
        level: 'error',
        subject: `${kind} mapping`,
        text: `${object} could not be described: ${reason}`,
        code,
      },
    ];
  }
}

/** What a code means and what to do about it; undefined for a code that is not in the table. */
export function helpFor(code: string | undefined): string | undefined {
  return code !== undefined && Object.hasOwn(errorTable, code)
    ? errorTable[code as ErrorCode].text
    : undefined;
}
