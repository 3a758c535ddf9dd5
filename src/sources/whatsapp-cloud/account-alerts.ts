import type { AlertChange } from '../../core/fact.ts';
import { asArray, asObject, word, words, type Json } from './payload.ts';

type Reader = (value: Json) => Pick<AlertChange, 'code' | 'raised' | 'text'>;

const stopped = 'capture-stopped';
const restricted = 'account-restricted';

const back: Reader = () => ({ code: stopped, raised: false, text: 'The account is connected again.' });

/** `account_update` events that stop or restore capture (Meta docs, account_update reference). */
const accountEvents: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['PARTNER_REMOVED', (value) => stop(`The app was disconnected from the account${reasonOf(value)}.`)],
  ['ACCOUNT_OFFBOARDED', (value) => stop(`The account was taken off the Cloud API${reasonOf(value)}.`)],
  ['PARTNER_APP_UNINSTALLED', (value) => stop(`The app was removed from the account${reasonOf(value)}.`)],
  [
    'ACCOUNT_DELETED',
    () => ({ code: stopped, raised: true, text: 'The account was deleted. Nothing more will come from it.' }),
  ],
  ['ACCOUNT_RECONNECTED', back],
  ['PARTNER_ADDED', back],
  ['PARTNER_APP_INSTALLED', back],
  ['DISABLED_UPDATE', banned],
  ['ACCOUNT_RESTRICTION', (value) => restrict(`WhatsApp restricted the account${restrictionsOf(value)}.`)],
  [
    'ACCOUNT_VIOLATION',
    (value) => restrict(`WhatsApp says that the account broke its rules${violationOf(value)}.`),
  ],
]);

/**
 * The alert that an account event raises or ends; undefined where it has nothing to do with capture.
 *
 * @param entry of the webhook; its `id` is the account where the event names none
 */
export function readAlert(field: string, value: Json, entry: Json | undefined): AlertChange | undefined {
  if (field === 'account_alerts') return criticalAlert(value);
  if (field !== 'account_update') return undefined;
  const read = accountEvents.get(word(value['event'])?.toUpperCase() ?? '');
  return read && { subject: subjectOf(value, entry), ...read(value) };
}

/** The account's id; an event in a partner's webhook names the account of which it tells. */
function subjectOf(value: Json, entry: Json | undefined): string {
  return word(asObject(value['waba_info'])?.['waba_id']) ?? word(entry?.['id']) ?? '';
}

function stop(what: string): ReturnType<Reader> {
  const text = `${what} No messages and calls come in until it is connected again in Meta's settings.`;
  return { code: stopped, raised: true, text };
}

function restrict(what: string): ReturnType<Reader> {
  const text = `${what} See the account quality page of WhatsApp Manager for what to do.`;
  return { code: restricted, raised: true, text };
}

/** `waba_ban_state`: DISABLE, SCHEDULE_FOR_DISABLE, REINSTATE. */
function banned(value: Json): ReturnType<Reader> {
  const ban = asObject(value['ban_info']);
  const state = word(ban?.['waba_ban_state'])?.toUpperCase() ?? '';
  if (state.startsWith('REINSTATE')) {
    return { code: restricted, raised: false, text: 'WhatsApp has reinstated the account.' };
  }
  const date = word(ban?.['waba_ban_date']);
  const when = date === undefined ? '' : ` on ${date}`;
  return restrict(
    state.startsWith('SCHEDULE')
      ? `WhatsApp is going to disable the account${when}: nothing will come in from then on.`
      : `WhatsApp has disabled the account${when}: no messages and calls come in.`,
  );
}

/** ` by the system (primary inactivity)`: from `disconnection_info {reason, initiated_by}`. */
function reasonOf(value: Json): string {
  const info = asObject(value['disconnection_info']);
  const by = inWords(info?.['initiated_by']);
  const reason = inWords(info?.['reason']);
  return `${by ? ` by the ${by}` : ''}${reason ? ` (reason: ${reason})` : ''}`;
}

function violationOf(value: Json): string {
  const type = inWords(asObject(value['violation_info'])?.['violation_type']);
  return type ? ` (${type})` : '';
}

function restrictionsOf(value: Json): string {
  const kinds = asArray(value['restriction_info']).flatMap((each) => {
    const { restriction_type: type, expiration } = asObject(each) ?? {};
    const until = word(expiration);
    const kind = inWords(type);
    return kind ? [until ? `${kind} until ${until}` : kind] : [];
  });
  return kinds.length > 0 ? `: ${kinds.join(', ')}` : '';
}

/** Of Meta's own alerts the critical ones, each about one thing of one account or number (Meta docs, account_alerts). */
function criticalAlert(value: Json): AlertChange | undefined {
  const given = asObject(value['alert_info']) ?? value;
  if (word(given['alert_severity'])?.toUpperCase() !== 'CRITICAL') return undefined;
  const type = word(given['alert_type']) ?? '';
  const what = words(given['alert_description'])?.trim() ?? inWords(type);
  return {
    subject: [word(value['entity_id']), type].filter((part) => part).join(' '),
    code: 'account-alert',
    raised: word(given['alert_status'])?.toUpperCase() === 'ACTIVE',
    text: `WhatsApp warns about the account: ${what ?? 'no reason given'}`,
  };
}

/** `PRIMARY_INACTIVITY` to `primary inactivity`. */
function inWords(value: unknown): string | undefined {
  return word(value)?.toLowerCase().replaceAll('_', ' ');
}
