import { isUserId } from '../core/phone.ts';
import { UsageError } from './usage-error.ts';

/** Somebody as a command line names them. @throws UsageError for what is neither a number nor a WhatsApp user id */
export function personOf(text: string): string {
  const number = text.replace(/[\s().-]/g, '');
  if (/^\+\d{5,20}$/.test(number)) return number;
  if (isUserId(text)) return text;
  throw new UsageError(
    'a person is a phone number with its country code, like "+14155550100", or a WhatsApp user id, like US.1349…',
  );
}
