interface MemoOptions<T> {
  /** how many answers are remembered, the newest */
  readonly most: number;
  /** is it an answer for good? */
  readonly keep?: (answer: T) => boolean;
}

/** `fresh`: asks in any case. */
export type Memo<T> = (key: string, ask: () => Promise<T>, fresh?: boolean) => Promise<T>;

/** Remembers answers for as long as the process lives; a failed question is not remembered. */
export function createMemo<T>({ most, keep = () => true }: MemoOptions<T>): Memo<T> {
  const answers = new Map<string, T>();
  return async (key, ask, fresh = false) => {
    const known = answers.get(key);
    if (known !== undefined && !fresh) return known;
    const answer = await ask();
    answers.delete(key);
    if (keep(answer)) answers.set(key, answer);
    const [oldest] = answers.keys();
    if (answers.size > most && oldest !== undefined) answers.delete(oldest);
    return answer;
  };
}
