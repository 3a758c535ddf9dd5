import { z } from 'zod';
import { consoleShape } from './schema-console.ts';
import { destination } from './schema-destinations.ts';
import { reportShape } from './schema-reports.ts';
import { encryptionShape } from './schema-encryption.ts';
import { shown, usedTwice, type Problem } from './problems.ts';
import { retentionProblems, retentionShape } from './schema-retention.ts';
import { reconcileShape } from './schema-reconcile.ts';
import { sealShape } from './schema-seals.ts';
import { source } from './schema-sources.ts';
import { duration, id, number, person } from './schema-values.ts';

/** The settings file (docs/configuration.md). */

const bytes = z
  .string()
  .regex(/^\d+(KB|MB)$/, 'must be a size like 512KB, 100MB')
  .transform((text) => Number.parseInt(text, 10) * (text.endsWith('MB') ? 1_048_576 : 1_024));

const media = z.strictObject({
  /** false: no file is fetched; the activity names it */
  fetch: z.boolean().default(true),
  /** larger ones are not kept (WhatsApp's own limit is 100 MB) */
  maxSize: bytes.default(100 * 1_048_576),
  /** MIME types that are kept: `image/*`, `application/pdf`; empty: all */
  types: z
    .array(
      z.string().regex(/^[a-z]+\/([a-z0-9.+-]+|\*)$/, 'must be a MIME type like image/* or application/pdf'),
    )
    .default([]),
  /** false: files are kept here and not attached in the CRM */
  attach: z.boolean().default(true),
});

const oneOrMore = <S extends z.ZodType>(shape: S) =>
  z.union([shape.transform((one) => [one]), z.array(shape)]) as z.ZodType<
    z.output<S>[],
    z.input<S> | z.input<S>[]
  >;

const fieldValue = z.union([z.string(), z.number(), z.boolean()]).transform(String);

/** A field of the CRM contact by which a person opts out or in. */
const consent = z.union([
  z
    .string()
    .regex(/^[A-Za-z]\w*$/, 'must be the name of a CRM field')
    .transform((field) => ({ field })),
  z.strictObject({
    field: z.string().regex(/^[A-Za-z]\w*$/, 'must be the name of a CRM field'),
    /** without it: yes, true or 1 */
    is: oneOrMore(fieldValue).optional(),
    /** without it: in every destination of the route */
    destination: id.optional(),
  }),
]);

const policyShape = {
  excludeWhen: oneOrMore(consent),
  onlyWhen: oneOrMore(consent),
  /** parked for longer: given up */
  parkedDays: z.int().min(1).max(3_650),
  parkedEnd: z.enum(['ignore', 'fail', 'purge']),
  granularity: z.enum(['message', 'day', 'conversation']),
  /** a conversation that was quiet for so long is over */
  conversationGap: duration,
  unmatched: z.enum(['park', 'ignore', 'create-contact', 'create-lead']),
  multiple: z.enum(['park', 'newest', 'oldest', 'owner']),
  statuses: z.enum(['none', 'failed', 'final']),
  changes: z.enum(['update', 'insert-only']),
  defaultRegion: z.string().regex(/^[A-Z]{2}$/, 'must be a country code of two capitals, like US'),
};

export const policies = z.strictObject({
  granularity: policyShape.granularity.default('message'),
  conversationGap: policyShape.conversationGap.default(3_600_000),
  unmatched: policyShape.unmatched.default('park'),
  multiple: policyShape.multiple.default('park'),
  statuses: policyShape.statuses.default('failed'),
  changes: policyShape.changes.default('update'),
  defaultRegion: policyShape.defaultRegion.default('US'),
  excludeWhen: policyShape.excludeWhen.default([]),
  onlyWhen: policyShape.onlyWhen.default([]),
  parkedDays: policyShape.parkedDays.optional(),
  parkedEnd: policyShape.parkedEnd.default('ignore'),
  excluded: z.array(person).default([]),
  /** what the firm's own numbers write to each other */
  internal: z.enum(['record', 'exclude']).default('record'),
  /** shows for parked ones who has a number that ends alike; a person decides */
  propose: z.enum(['none', 'last-seven-digits']).default('none'),
});

const routePolicies = z.strictObject(policyShape).partial();

const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'must be a date like 2026-01-31');

/** Who holds which of the firm's numbers, and when. */
export const owners = z.array(
  z.strictObject({
    number,
    user: z.email('must be an e-mail address'),
    from: day,
    to: day.optional(),
  }),
);

/** Everything but the references between its parts, which {@link references} checks. */
export const settingsShape = z.strictObject({
  sources: z.array(source).min(1, 'must have at least one source'),
  destinations: z.array(destination).min(1, 'must have at least one destination'),
  routes: z
    .array(
      z.strictObject({
        source: id,
        numbers: z.array(number).min(1).optional(),
        destinations: z.array(id).min(1, 'must name at least one destination'),
        policies: routePolicies.optional(),
        /** everything but the write */
        dryRun: z.boolean().default(false),
      }),
    )
    .min(1, 'must have at least one route'),
  policies: policies.prefault({}),
  owners: owners.default([]),
  media: media.prefault({}),
  console: consoleShape.prefault({}),
  seals: sealShape.prefault({}),
  reports: reportShape.prefault({}),
  encryption: encryptionShape.optional(),
  retention: retentionShape.prefault({}),
  /** what names no number of the firm: so many days for somebody to decide, then it is destroyed */
  quarantine: z.strictObject({ days: z.int().min(1).max(3_650).default(30) }).prefault({}),
  reconcile: reconcileShape.prefault({}),
  mappings: z.record(z.string(), z.string()).default({}),
  /** `/health/ready` says 503 when something waits longer than this */
  maxBacklogAge: duration.default(900_000),
});

export type ParsedSettings = z.infer<typeof settingsShape>;

type Raw = Record<string, unknown>;

const asRaw = (value: unknown): Raw => (value !== null && typeof value === 'object' ? (value as Raw) : {});

/** A record that shows many messages grows with each: it cannot be left as it was made. */
function growingRecords(file: Raw): Problem[] {
  const general = asRaw(file.policies);
  return list(file.routes).flatMap((route, at) => {
    const own = asRaw(route.policies);
    const { granularity, changes } = { ...general, ...own };
    if (changes !== 'insert-only' || granularity === undefined || granularity === 'message') return [];
    const path = 'granularity' in own || 'changes' in own ? `routes[${at}].policies` : 'policies';
    const text = `granularity: ${shown(granularity)} makes records that grow, which changes: insert-only forbids`;
    return [{ path, text }];
  });
}

/** Nobody who is unknown to the CRM has opted in there. */
function strangersWithConsent(file: Raw): Problem[] {
  const general = asRaw(file.policies);
  return list(file.routes).flatMap((route, at) => {
    const own = asRaw(route.policies);
    const { onlyWhen, unmatched } = { ...general, ...own };
    const isAsked = onlyWhen !== undefined && !(Array.isArray(onlyWhen) && onlyWhen.length === 0);
    if (!isAsked || !shown(unmatched).startsWith('create-')) return [];
    const path = 'unmatched' in own || 'onlyWhen' in own ? `routes[${at}].policies` : 'policies';
    return [
      { path, text: `unmatched: ${shown(unmatched)} would record people who did not opt in (onlyWhen)` },
    ];
  });
}

function consentRules(file: Raw): [string, Raw][] {
  const owners: [string, Raw][] = [
    ['policies', asRaw(file.policies)],
    ...list(file.routes).map((route, at): [string, Raw] => [`routes[${at}].policies`, asRaw(route.policies)]),
  ];
  return owners.flatMap(([path, policies]) =>
    ['excludeWhen', 'onlyWhen'].flatMap((name) =>
      [policies[name]]
        .flat()
        .map((rule, at): [string, Raw] => [
          Array.isArray(policies[name]) ? `${path}.${name}[${at}]` : `${path}.${name}`,
          asRaw(rule),
        ]),
    ),
  );
}

const list = (value: unknown): Record<string, unknown>[] =>
  Array.isArray(value) ? value.filter((item) => item !== null && typeof item === 'object') : [];

/**
 * Mistakes that no single value shows: ids that are used twice or name nothing. Works on the raw file, so that they are
 * told together with all others.
 */
export function references(raw: unknown): Problem[] {
  const file = (raw !== null && typeof raw === 'object' ? raw : {}) as Record<string, unknown>;
  const problems: Problem[] = [];
  const say = (path: string, text: string) => problems.push({ path, text });
  const idsOf = (name: string) => list(file[name]).map((one) => one.id);
  const sources = new Set(idsOf('sources'));
  const destinations = new Set(idsOf('destinations'));
  list(file.routes).forEach((route, at) => {
    if (typeof route.source === 'string' && !sources.has(route.source)) {
      say(`routes[${at}].source`, `there is no source "${route.source}"`);
    }
    const named = Array.isArray(route.destinations) ? route.destinations : [];
    named.forEach((one, index) => {
      if (!destinations.has(one)) {
        say(`routes[${at}].destinations[${index}]`, `there is no destination "${shown(one)}"`);
      }
    });
  });
  for (const one of Object.keys(asRaw(file.mappings))) {
    if (!destinations.has(one)) say(`mappings.${one}`, 'there is no such destination');
  }
  const own = asRaw(file.console);
  if (own.publicUrl === undefined) {
    if (own.oidc !== undefined)
      say('console.publicUrl', 'is missing, and the identity provider has to know it (oidc)');
    if (own.links !== undefined)
      say('console.publicUrl', 'is missing, and links into the CRM begin with it (links)');
  }
  for (const [path, rule] of consentRules(file)) {
    if (typeof rule.destination === 'string' && !destinations.has(rule.destination)) {
      say(`${path}.destination`, `there is no destination "${rule.destination}"`);
    }
  }
  list(file.owners).forEach((owner, at) => {
    const { from, to } = owner;
    if (day.safeParse(from).success && day.safeParse(to).success && String(to) < String(from)) {
      say(`owners[${at}].to`, 'is before "from"');
    }
  });
  return [
    ...usedTwice('sources', idsOf('sources')),
    ...usedTwice('destinations', idsOf('destinations')),
    ...problems,
    ...growingRecords(file),
    ...strangersWithConsent(file),
    ...retentionProblems(list(asRaw(file.retention).rules), sources),
  ];
}
