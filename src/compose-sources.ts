import { createHash } from 'node:crypto';
import { consentFor, policiesFor, type Settings } from '../config/settings.ts';
import { canonicalPhone } from './core/phone.ts';
import type { Finding } from './core/finding.ts';
import { asksConsent } from './mapping/consent.ts';
import type { GateConsent, GateRules } from './pipeline/gate.ts';
import { chatExportKind, normalizeChatExport } from './sources/chat-export/index.ts';
import type {
  MediaSource,
  Normalize,
  PassThrough,
  PollSource,
  SourceCheck,
  WebhookSource,
} from './sources/source.ts';
import type { SourceAudit } from './sources/source-audit.ts';
import { createTwilioAudit } from './sources/twilio/audit.ts';
import { createTwilioCheck } from './sources/twilio/check.ts';
import { createTwilio, normalizeTwilio, twilioKind, type TwilioOptions } from './sources/twilio/index.ts';
import {
  createDialog360,
  createWhatsAppCloud,
  normalizeWhatsAppCloud,
} from './sources/whatsapp-cloud/index.ts';
import { createAuditCheck, createCloudAudit } from './sources/whatsapp-cloud/audit.ts';
import { createWhatsAppMedia } from './sources/whatsapp-cloud/media-client.ts';
import { createTokenCheck, createTokenWatch } from './sources/whatsapp-cloud/token-check.ts';
import { createPassThrough } from './sources/whatsapp-cloud/pass-through.ts';

/** Everything that is made of the settings' sources; maps by source id, `normalize` by source kind. */
export interface SourceParts {
  readonly webhooks: ReadonlyMap<string, WebhookSource>;
  readonly polls: ReadonlyMap<string, PollSource>;
  readonly media: ReadonlyMap<string, MediaSource>;
  readonly checks: ReadonlyMap<string, SourceCheck>;
  readonly passThroughs: ReadonlyMap<string, PassThrough>;
  readonly audits: ReadonlyMap<string, SourceAudit>;
  readonly gateRules: ReadonlyMap<string, GateRules>;
  readonly normalize: ReadonlyMap<string, Normalize>;
}

type SourceSettings = Settings['sources'][number];

interface Ways {
  readonly webhook: WebhookSource;
  readonly poll?: PollSource;
  readonly media?: MediaSource;
  readonly check?: SourceCheck;
  readonly passThrough?: PassThrough;
  readonly audit?: SourceAudit;
}

const normalize: ReadonlyMap<string, Normalize> = new Map([
  ['whatsapp-cloud', normalizeWhatsAppCloud],
  ['360dialog', normalizeWhatsAppCloud],
  [twilioKind, normalizeTwilio],
  [chatExportKind, normalizeChatExport],
]);

/** Makes the adapters of all sources. */
export function makeSources(settings: Settings): SourceParts {
  const made = settings.sources.map((source) => ({ source, ways: waysOf(source) }));
  const collect = <T>(pick: (ways: Ways) => T | undefined): ReadonlyMap<string, T> =>
    new Map(
      made.flatMap(({ source, ways }) => {
        const way = pick(ways);
        return way === undefined ? [] : [[source.id, way] as const];
      }),
    );
  const excluded = new Set(settings.policies.excluded.map(canonicalPhone));
  return {
    webhooks: collect((ways) => ways.webhook),
    polls: collect((ways) => ways.poll),
    media: settings.media.fetch ? collect((ways) => ways.media) : new Map(),
    checks: collect((ways) => ways.check),
    passThroughs: collect((ways) => ways.passThrough),
    audits: collect((ways) => ways.audit),
    gateRules: new Map(
      settings.sources.map((source) => [source.id, gateRulesOf(source, settings, excluded)]),
    ),
    normalize,
  };
}

/** `wcs check`: what each source's provider says of its credentials. Sources that cannot be asked say so. */
export function checkSources(
  settings: Settings,
): Promise<{ readonly source: string; readonly findings: readonly Finding[] }[]> {
  const { checks } = makeSources(settings);
  const signal = AbortSignal.timeout(60_000);
  return Promise.all(
    settings.sources.map(async ({ id, type }) => ({
      source: id,
      findings: (await checks.get(id)?.check(signal)) ?? [notAsked(type)],
    })),
  );
}

function notAsked(type: SourceSettings['type']): Finding {
  return type === '360dialog'
    ? {
        level: 'todo',
        subject: 'key',
        text: '360dialog has no way to ask: send a picture to the number and look for it',
      }
    : {
        level: 'warning',
        subject: 'access token',
        text: 'is not set: files are named in the records, and not kept',
      };
}

function waysOf(source: SourceSettings): Ways {
  const { id, type, apiUrl, businessNumbers } = source;
  if (type === 'twilio') {
    const options = given(source) as TwilioOptions;
    return {
      ...createTwilio(options),
      check: createTwilioCheck(options),
      audit: createTwilioAudit(options),
    };
  }
  const passThrough = createPassThrough({
    id,
    kind: type,
    apiUrl,
    businessNumbers,
    ...(type === '360dialog' && { apiKey: source.apiKey }),
  });
  if (type === '360dialog') {
    return {
      webhook: createDialog360({ id, webhookSecret: source.webhookSecret }),
      media: createWhatsAppMedia({ id, kind: type, apiUrl, secret: source.apiKey }),
      passThrough,
    };
  }
  const { appSecret, verifyToken } = source;
  return { webhook: createWhatsAppCloud({ id, appSecret, verifyToken }), ...withToken(source), passThrough };
}

/** What a Cloud API app can do with an access token. */
function withToken(source: Extract<SourceSettings, { type: 'whatsapp-cloud' }>): Partial<Ways> {
  const { id, type, apiUrl, apiVersion, accessToken, wabaId } = source;
  if (accessToken === undefined) return {};
  const token = { id, apiUrl, apiVersion, accessToken };
  const account = { ...token, ...(wabaId !== undefined && { wabaId }) };
  return {
    media: createWhatsAppMedia({ id, kind: type, apiUrl, apiVersion, secret: accessToken }),
    poll: createTokenWatch(token),
    check: both(createTokenCheck(token), createAuditCheck(account)),
    audit: createCloudAudit(account),
  };
}

function both(first: SourceCheck, second: SourceCheck): SourceCheck {
  return {
    id: first.id,
    check: async (signal) => (await Promise.all([first.check(signal), second.check(signal)])).flat(),
  };
}

function gateRulesOf(source: SourceSettings, settings: Settings, excluded: ReadonlySet<string>): GateRules {
  const numbers = source.businessNumbers;
  return {
    source: source.id,
    sourceKind: source.type,
    businessNumbers: numbers === 'all' ? 'all' : new Set(numbers),
    excluded,
    ...(settings.policies.internal === 'exclude' && { internal: ownNumbers(settings) }),
    consents: consentsOf(source.id, settings),
    hashSecret: createHash('sha256')
      .update(`gate ${secretOf(source)}`)
      .digest('hex'),
  };
}

function ownNumbers({ sources }: Settings): ReadonlySet<string> {
  const numbers = sources.flatMap((one) => (one.businessNumbers === 'all' ? [] : one.businessNumbers));
  return new Set(numbers.map(canonicalPhone));
}

/** By which CRM fields people of this source are never recorded, or only then. */
function consentsOf(source: string, settings: Settings): GateConsent[] {
  return settings.routes
    .filter((route) => route.source === source)
    .flatMap((route) =>
      route.destinations.flatMap((destination): GateConsent[] => {
        const rules = consentFor(policiesFor(settings, route), destination);
        if (!asksConsent(rules)) return [];
        const { numbers } = route;
        return [{ destination, rules, ...(numbers !== undefined && { businessNumbers: new Set(numbers) }) }];
      }),
    );
}

function secretOf(source: SourceSettings): string {
  if (source.type === 'whatsapp-cloud') return source.appSecret;
  return source.type === '360dialog' ? source.webhookSecret : source.authToken;
}

/** Without the settings that are not set. */
function given<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as T;
}
