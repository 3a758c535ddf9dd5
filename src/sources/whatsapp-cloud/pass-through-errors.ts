import type { ForwardAnswer } from '../source.ts';

/** What an answer of our own says about the message: it was surely not sent, or nobody knows. */
export type OwnOutcome = 'not-sent' | 'unknown';

interface OwnError {
  readonly status: number;
  readonly outcome: OwnOutcome;
  readonly message: string;
  readonly transient: boolean;
  readonly code: number;
  readonly attempt?: string;
}

/**
 * An error of our own in the shape of the Graph API (Meta docs, error handling), with `x-wcs-outcome` beside it.
 * `fbtrace_id` holds our own id of the attempt, under which the ledger knows it.
 */
function ownError({ status, outcome, message, transient, code, attempt }: OwnError): ForwardAnswer {
  const error = {
    message,
    type: 'PassThroughException',
    code,
    is_transient: transient,
    ...(attempt !== undefined && { fbtrace_id: attempt }),
  };
  return {
    status,
    headers: {
      'content-type': 'application/json; charset=UTF-8',
      'x-wcs-outcome': outcome,
      ...(transient && { 'retry-after': '5' }),
    },
    body: Buffer.from(JSON.stringify({ error })),
  };
}

/** 503: nothing was sent, the same again later is right. Code 2 is Meta's "temporarily unavailable". */
export function notSent(why: string, attempt?: string): ForwardAnswer {
  const message = `Nothing was sent: ${why} Send it again.`;
  return ownError({
    status: 503,
    outcome: 'not-sent',
    message,
    transient: true,
    code: 2,
    ...(attempt && { attempt }),
  });
}

/** Nothing was sent, and nothing will be until somebody changes something. */
export function refused(status: number, why: string): ForwardAnswer {
  const message = `Nothing was sent: ${why}`;
  return ownError({ status, outcome: 'not-sent', message, transient: false, code: 100 });
}

/** 504: the message may have been sent. */
export function unknownOutcome(attempt: string): ForwardAnswer {
  const message =
    'The message may have been sent: WhatsApp took the request and did not answer in full. Do not repeat it blindly; ' +
    'its statuses will show whether it was sent.';
  return ownError({ status: 504, outcome: 'unknown', message, transient: false, code: 99, attempt });
}

/** 504 for what may be repeated without harm. */
export function noAnswer(): ForwardAnswer {
  const message = 'WhatsApp did not answer in full. Try again.';
  return ownError({ status: 504, outcome: 'unknown', message, transient: true, code: 2 });
}
