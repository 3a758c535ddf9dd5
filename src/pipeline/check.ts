import { errorTable, isNoWayIn, type ErrorCode } from '../core/errors.ts';
import type { Destination, Finding, RecordKind } from '../destinations/destination.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { validateMapping } from '../mapping/validate.ts';
import { mappingParts, type MappingPart } from '../mapping/vocabulary.ts';
import { describeError } from './brake.ts';

/** Credentials, permissions, key field and mapping of one destination against the live CRM, in an admin's words. */
export async function checkDestination(destination: Destination, mapping: Mapping): Promise<Finding[]> {
  const findings = await destination.check();
  // Without a way in, what the describe would say is no news.
  if (findings.some(({ code }) => isNoWayIn(code))) return findings;
  return [...findings, ...(await mappingFindings(destination, mapping))];
}

/** A mapping against the live fields of the CRM: one finding for each mistake, one for each part that fits. */
export async function mappingFindings(destination: Destination, mapping: Mapping): Promise<Finding[]> {
  const parts = mappingParts.filter((part) => mapping[part] !== undefined);
  const findings = await Promise.all(parts.map((part) => checkPart(destination, mapping, part)));
  return findings.flat();
}

/** What the records of a part are in the CRM: a conversation is logged as a message is. */
export function recordOf(
  destination: Pick<Destination, 'objects'>,
  part: MappingPart,
): { readonly kind: RecordKind; readonly object: string } {
  if (part === 'contact' || part === 'lead') return { kind: part, object: part };
  const kind = part === 'conversation' ? 'message' : part;
  return { kind, object: destination.objects[kind] };
}

async function checkPart(destination: Destination, mapping: Mapping, part: MappingPart): Promise<Finding[]> {
  const { kind, object } = recordOf(destination, part);
  try {
    const mistakes = validateMapping(mapping, part, object, await destination.describe(kind));
    return mistakes.length > 0
      ? mistakes
      : [
          {
            level: 'ok',
            subject: `${part} mapping`,
            text: `every field exists on ${object} and can be written`,
          },
        ];
  } catch (error) {
    const { code, reason } = describeError(error);
    return [
      {
        level: 'error',
        subject: `${part} mapping`,
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
