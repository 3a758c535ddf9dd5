import { resolve } from 'node:path';
import { ownerOn, type Settings } from '../config/settings.ts';
import type { SealParts } from './compose-seals.ts';
import type { SourceParts } from './compose-sources.ts';
import type { Ledger } from './ledger/ledger.ts';
import type { CaptureDeps } from './pipeline/capture.ts';
import { record } from './pipeline/capture.ts';
import type { ReportDeps } from './pipeline/reports.ts';
import { verifySlice } from './pipeline/verify.ts';
import { createFolderRecipient } from './reports/folder-recipient.ts';
import { createMailRecipient } from './reports/mail-recipient.ts';
import type { ReportRecipient } from './reports/recipient.ts';
import { createWebhookRecipient } from './reports/webhook-recipient.ts';

/** What completeness is told with: the sources that can be asked, the daily reports and who gets them. */
export function composeReports(parts: {
  readonly settings: Settings;
  readonly ledger: Ledger;
  readonly sources: SourceParts;
  readonly seals: SealParts;
  readonly queue: CaptureDeps['queue'];
  readonly metrics: CaptureDeps['metrics'];
  readonly log: ReportDeps['log'];
}): ReportDeps {
  const { settings, ledger, sources, seals, log } = parts;
  const { at, timeZone, to } = settings.reports.daily;
  const capture: CaptureDeps = {
    ledger,
    queue: parts.queue,
    metrics: parts.metrics,
    rules: sources.gateRules,
    onWakeError: () => log.warn({}, 'the queue cannot be woken; the tick will find the work'),
  };
  return {
    ledger,
    audits: sources.audits,
    rules: sources.gateRules,
    record: (source, drafts) => record(capture, source, drafts),
    ownerOn: (number, day) => ownerOn(settings, number, day),
    verify: (slice) => verifySlice({ ledger, ...seals }, slice),
    notAsked: settings.sources.flatMap((source) => notAsked(source)),
    time: { at, timeZone },
    recipients: to.map(recipientOf),
    log,
  };
}

function notAsked(source: Settings['sources'][number]): { source: string; reason: string }[] {
  const { id } = source;
  if (source.type === '360dialog') return [{ source: id, reason: '360dialog has no list of messages' }];
  if (source.type === 'whatsapp-cloud' && source.accessToken === undefined) {
    return [{ source: id, reason: 'it has no access token in the settings' }];
  }
  if (source.type === 'twilio' && source.conversations) {
    return [{ source: id, reason: "Twilio's list of messages does not name those of Conversations" }];
  }
  return [];
}

type Recipient = Settings['reports']['daily']['to'][number];

function recipientOf(one: Recipient): ReportRecipient {
  if ('folder' in one) return createFolderRecipient(resolve(one.folder));
  if ('webhook' in one) {
    const { webhook: url, secret } = one;
    return createWebhookRecipient({ url, ...(secret !== undefined && { secret }) });
  }
  const { user, password, ...smtp } = one.smtp;
  const login = { ...(user !== undefined && { user }), ...(password !== undefined && { password }) };
  return createMailRecipient({ address: one.email, from: one.from, smtp: { ...smtp, ...login } });
}
