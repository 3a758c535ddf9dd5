import { setTimeout as pause } from 'node:timers/promises';
import { MasterKeyError } from './master-key.ts';

/** What a key service answered to one request. */
export interface ServiceAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const tries = 3;
const timeoutMs = 3_000;

/**
 * Asks a key service, again after a growing pause when it is busy or away.
 *
 * @param ask one request; must end when the signal does
 * @param isBusy whether an answer that is not 2xx is worth another try
 * @throws MasterKeyError
 */
export async function askService(
  id: string,
  ask: (signal: AbortSignal) => Promise<Response>,
  isBusy: (answer: ServiceAnswer) => boolean,
): Promise<ServiceAnswer['body']> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await once(ask);
    if (answer !== undefined && answer.status >= 200 && answer.status < 300) return answer.body;
    const isPassing = answer === undefined || answer.status >= 500 || isBusy(answer);
    if (!isPassing) throw new MasterKeyError(id, 'refused', reasonOf(answer));
    if (attempt === tries) throw new MasterKeyError(id, 'unavailable', reasonOf(answer));
    await pause(50 * 3 ** attempt * (0.5 + Math.random()));
  }
}

async function once(ask: (signal: AbortSignal) => Promise<Response>): Promise<ServiceAnswer | undefined> {
  try {
    const response = await ask(AbortSignal.timeout(timeoutMs));
    const body: unknown = await response.json().catch(() => undefined);
    return { status: response.status, body: typeof body === 'object' && body !== null ? { ...body } : {} };
  } catch {
    return undefined;
  }
}

/** The service's own code; its message may name accounts and users. */
function reasonOf(answer: ServiceAnswer | undefined): string {
  if (answer === undefined) return 'the key service does not answer';
  const { __type: type } = answer.body;
  const code = typeof type === 'string' ? ` ${type.split('#').at(-1)?.slice(0, 60)}` : '';
  return `the key service answered ${answer.status}${code}`;
}
