import { performance } from 'node:perf_hooks';
import fc from 'fast-check';
import { shareOf, type TargetName } from './targets.ts';
import { watchOver } from './watchdog.ts';

/** Cases of all targets together: few on every change, very many in the long run (`npm run fuzz`). */
const allCases = Number(process.env['WCS_FUZZ_CASES'] ?? 5_000);
const isLong = process.env['WCS_FUZZ_CASES'] !== undefined;
/** The same cases each time, unless another seed is asked for. */
const seed = Number(process.env['WCS_SEED'] ?? 20_261_127);

/**
 * Longer than this and it is a hang; milliseconds of the processor. A busy or slow machine takes more of them for the same work:
 * the second that is meant is asked for where nothing else runs, in the long run.
 */
const hangMs = isLong ? 1_000 : 3_000;
/** What each further case of a group may take before they are looked at one by one; milliseconds. */
const usualMs = 40;
/** Longer than this and it never ends. */
const endlessMs = 60_000;
const shrinkMs = 30_000;

export interface Target<C> {
  readonly name: TargetName;
  readonly cases: fc.Arbitrary<C>;
  /** how many cases are checked together; 1 */
  readonly together?: number;
  /** @throws with what went wrong */
  check(cases: readonly C[]): Promise<void> | void;
  tell(one: C): string;
  /** after something went wrong, before it is tried again */
  mend?(): Promise<void>;
}

/** Time for a jest test with this target. */
export function timeFor(name: TargetName): number {
  return 60_000 + countOf(name) * 100;
}

function countOf(name: TargetName): number {
  return Math.max(1, Math.round(allCases * shareOf(name)));
}

/** Runs all cases of a target. @throws Error with the seed and the smallest case that fails */
export async function fuzz<C>(target: Target<C>): Promise<void> {
  const { name, cases, together = 1 } = target;
  const count = countOf(name);
  const sampled = fc.sample(cases, { numRuns: count, seed: seed + hashOf(name) });
  const slowest = { ms: 0, what: '' };
  const begun = performance.now();
  for (let at = 0; at < sampled.length; at += together) {
    const group = sampled.slice(at, at + together);
    const failure = await attempt(target, group);
    if (failure.error !== undefined || failure.ms > hangMs + usualMs * (group.length - 1))
      await isolate(target, group, failure.error);
    if (failure.ms / group.length > slowest.ms) {
      slowest.ms = failure.ms / group.length;
      slowest.what = group.map((one) => target.tell(one)).join(' | ');
    }
  }
  const seconds = (performance.now() - begun) / 1_000;
  if (!isLong) return;
  const figures = `${String(count).padStart(7)} cases ${seconds.toFixed(1).padStart(7)} s`;
  const slow = `slowest ${slowest.ms.toFixed(0)} ms: ${slowest.what.slice(0, 160)}`;
  process.stderr.write(`fuzz ${name.padEnd(20)} ${figures}  seed ${seed}  ${slow}\n`);
}

interface Attempt {
  readonly error?: unknown;
  /** of the processor */
  readonly ms: number;
}

async function attempt<C>(target: Target<C>, group: readonly C[]): Promise<Attempt> {
  const took = stopwatch();
  const release = watchOver(
    `${target.name}, seed ${seed}: ${group.map((one) => target.tell(one)).join(' | ')}`,
  );
  let timer: NodeJS.Timeout | undefined;
  const stray: unknown[] = [];
  const note = (reason: unknown) => void stray.push(reason);
  process.on('unhandledRejection', note);
  try {
    const endless = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`it did not end within ${endlessMs / 1_000} s`)), endlessMs);
    });
    await Promise.race([target.check(group), endless]);
    if (({} as Record<string, unknown>)['polluted'] !== undefined) throw new Error('a prototype was changed');
    if (stray.length > 0) throw new Error(`unhandled rejection: ${String(stray[0])}`);
    return { ms: took() };
  } catch (error) {
    return { error, ms: took() };
  } finally {
    process.off('unhandledRejection', note);
    clearTimeout(timer);
    release();
  }
}

/** Milliseconds that the event loop was held, and no more than the processor worked: others run on this machine too. */
function stopwatch(): () => number {
  const loop = performance.eventLoopUtilization();
  const cpu = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return Math.min(performance.eventLoopUtilization(loop).active, (user + system) / 1_000);
  };
}

/** Which one of a group it is. What is only slow among others, or only once, is no hang. */
async function isolate<C>(target: Target<C>, group: readonly C[], error: unknown): Promise<void> {
  await target.mend?.();
  for (const one of group) {
    const why = await whyNot(target, one);
    if (why !== undefined) throw await smallest(target, one, why);
  }
  if (error === undefined) return;
  const all = group.map((one) => target.tell(one)).join('\n  ');
  throw new Error(`${target.name}, seed ${seed}: fails only together: ${wordsOf(error)}\n  ${all}`);
}

/** Undefined: it passes. A slow one is tried twice. */
async function whyNot<C>(target: Target<C>, one: C): Promise<string | undefined> {
  const first = await attempt(target, [one]);
  if (first.error !== undefined) {
    await target.mend?.();
    return wordsOf(first.error);
  }
  if (first.ms <= hangMs) return undefined;
  const again = await attempt(target, [one]);
  return again.ms > hangMs ? `it took ${Math.round(Math.min(first.ms, again.ms))} ms` : undefined;
}

async function smallest<C>(target: Target<C>, found: C, reason: string): Promise<Error> {
  let trying: Promise<string | undefined> = Promise.resolve(undefined);
  const property = fc.asyncProperty(target.cases, async (one) => {
    trying = whyNot(target, one);
    const why = await trying;
    if (why !== undefined) throw new Error(why);
  });
  const examples: [C][] = [[found]];
  const shrunk = await fc.check(property, { examples, numRuns: 1, interruptAfterTimeLimit: shrinkMs });
  // When its time is over a try still runs: the next one must not meet it.
  await trying;
  const [least] = shrunk.counterexample ?? [found];
  const why = (await whyNot(target, least)) ?? reason;
  const replay = `WCS_SEED=${seed} WCS_FUZZ_CASES=${allCases} npm run fuzz`;
  return new Error(`${target.name}: ${why}\n  smallest case: ${target.tell(least)}\n  again: ${replay}`);
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message).slice(0, 2_000) : String(error);
}

/** Targets of one seed do not all draw the same edits. */
function hashOf(text: string): number {
  return [...text].reduce((sum, sign) => (sum * 31 + (sign.codePointAt(0) ?? 0)) % 1_000_003, 7);
}
