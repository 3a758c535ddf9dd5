/** Whoever was asked did not answer in time; what it does later is of no interest any more. */
export class LateError extends Error {
  constructor(who: string, ms: number) {
    super(`${who} did not answer within ${ms} ms`);
    this.name = 'LateError';
  }
}

/** The same promise, for so many milliseconds. @throws LateError after that; whatever `work` says before */
export async function inTime<T>(work: Promise<T>, ms: number, who: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new LateError(who, ms)), ms);
  });
  work.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
