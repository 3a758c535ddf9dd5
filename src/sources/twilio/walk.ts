import { SourceError } from '../../core/source-errors.ts';
import type { EventDraft, PollContext, PollPage } from '../source.ts';
import { RefusedError } from './client.ts';
import { during, ended, nextRun, readCursor, type Run } from './cursor.ts';

/** One page of a list of the 2010 API. */
export interface ListPage {
  readonly items: readonly unknown[];
  readonly next: string | undefined;
}

/** A list that is read by day, page by page. */
export interface DayList {
  readonly lookBackMs: number;
  /** the path of the first page of all since a day, GMT */
  firstPage(day: string): string;
  read(path: string): Promise<ListPage>;
  /** makes events of some items of a page */
  drafts(items: readonly unknown[], run: Run): Promise<readonly EventDraft[]>;
}

/** Items whose events are made durable together: what is asked about them is not asked again after a crash. */
const portion = 100;

/**
 * One run over a list: from where the cursor says that one was interrupted, else a new one. A page that Twilio refuses
 * to go on from is dropped and the run begins anew: runs overlap, so that nothing is lost.
 * @throws SourceError
 */
export async function* walk(list: DayList, context: PollContext): AsyncGenerator<PollPage> {
  const cursor = readCursor(context.cursor);
  const interrupted = cursor.run;
  if (interrupted?.page === undefined) {
    return yield* walkRun(list, context, nextRun(cursor, context.now, list.lookBackMs));
  }
  let page: ListPage;
  try {
    page = await list.read(interrupted.page);
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    return yield* walkRun(list, context, nextRun(cursor, context.now, list.lookBackMs));
  }
  return yield* walkRun(list, context, interrupted, { path: interrupted.page, page });
}

async function* walkRun(
  list: DayList,
  context: PollContext,
  run: Run,
  opened?: { readonly path: string; readonly page: ListPage },
): AsyncGenerator<PollPage> {
  const cursor = readCursor(context.cursor);
  let path: string | undefined = opened?.path ?? list.firstPage(run.from);
  let page = opened?.page;
  const visited = new Set<string>();
  while (path !== undefined) {
    if (visited.has(path))
      throw new SourceError('source-answer-unreadable', 'Its pages go round in a circle.');
    visited.add(path);
    page ??= await list.read(path);
    for (let at = 0; at === 0 || at < page.items.length; at += portion) {
      const drafts = await list.drafts(page.items.slice(at, at + portion), run);
      const isLast = at + portion >= page.items.length;
      const goesOn = isLast ? page.next : path;
      const after =
        isLast && goesOn === undefined ? JSON.stringify(ended(cursor, run)) : during(cursor, run, goesOn);
      yield { drafts, cursor: after };
    }
    path = page.next;
    page = undefined;
  }
}
