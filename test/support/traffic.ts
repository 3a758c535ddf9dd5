/** Invented WhatsApp Cloud API traffic in Meta's shapes, for load and crash tests. */

export const businessNumber = '+15550783881';
export const appSecret = 'test-app-secret';

/** The n-th of many people, `+1415555xxxx`. */
export function personNumber(index: number): string {
  return `+1415555${String(1000 + index).padStart(4, '0')}`;
}

/** A webhook of one change, in Meta's envelope. */
export function envelope(field: string, value: object): object {
  return {
    object: 'whatsapp_business_account',
    entry: [
      {
        id: '102290129340398',
        changes: [
          {
            field,
            value: {
              messaging_product: 'whatsapp',
              metadata: { display_phone_number: businessNumber.slice(1), phone_number_id: '106540352242922' },
              ...value,
            },
          },
        ],
      },
    ],
  };
}

function contactOf(number: string): object {
  return { profile: { name: `Person ${number.slice(-4)}` }, wa_id: number.slice(1) };
}

/** An incoming text. @param at unix seconds */
export function textWebhook(id: string, from: string, body: string, at: number): object {
  return envelope('messages', {
    contacts: [contactOf(from)],
    messages: [{ from: from.slice(1), id, timestamp: String(at), type: 'text', text: { body } }],
  });
}

/** A user-initiated call's end: answered when it has a duration. */
export function callWebhook(id: string, from: string, at: number, durationSeconds?: number): object {
  const answered =
    durationSeconds === undefined
      ? {}
      : { start_time: String(at), end_time: String(at + durationSeconds), duration: durationSeconds };
  return envelope('calls', {
    contacts: [contactOf(from)],
    calls: [
      {
        id,
        from: from.slice(1),
        to: businessNumber.slice(1),
        event: 'terminate',
        direction: 'USER_INITIATED',
        timestamp: String(at),
        status: 'COMPLETED',
        ...answered,
      },
    ],
  });
}

/** `count` webhooks over `people` people: mostly texts, every tenth a call. One interaction each. */
export function mixedWebhooks(count: number, people: number, prefix = 'm'): object[] {
  const start = Math.floor(Date.now() / 1_000) - count;
  return Array.from({ length: count }, (_one, index) => {
    const from = personNumber(index % people);
    return index % 10 === 9
      ? callWebhook(`wacid.${prefix}${index}`, from, start + index, index % 20 === 19 ? 42 : undefined)
      : textWebhook(`wamid.${prefix}${index}==`, from, `message ${index}`, start + index);
  });
}

/** Runs `work` over all items, so many at a time. */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < items.length; index = next++) await work(items[index] as T);
  };
  await Promise.all(Array.from({ length: width }, lane));
}

/** A shuffled copy; `seed` makes it the same each time. */
export function shuffled<T>(items: readonly T[], seed: number): T[] {
  let state = seed;
  const random = () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
  const copy = [...items];
  for (let index = copy.length - 1; index > 0; index -= 1) {
    const other = Math.floor(random() * (index + 1));
    [copy[index], copy[other]] = [copy[other] as T, copy[index] as T];
  }
  return copy;
}
