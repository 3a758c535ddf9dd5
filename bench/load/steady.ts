import { answersOf, becameOf, sendTraffic } from './traffic.ts';
import { say, setStage, untilNothingWaits, waitingNow, Watch, type Stores } from './stage.ts';

export interface SteadyOptions {
  readonly stores: Stores;
  readonly rate: number;
  readonly seconds: number;
  readonly people: number;
  readonly profile?: string;
}

/** A constant load through the whole way: is it acknowledged in time, does the rest keep up, is it all there once and in order? */
export async function steady(options: SteadyOptions): Promise<Record<string, unknown>> {
  const stage = await setStage(options);
  const { worker, crms } = stage;
  try {
    const watch = new Watch(worker);
    const backlog: { at: number; inbox: number; pending: number }[] = [];
    const begun = performance.now();
    const look = setInterval(
      () =>
        void waitingNow(worker).then(
          (one) => backlog.push({ at: Math.round((performance.now() - begun) / 1_000), ...one }),
          () => undefined,
        ),
      Math.max(1_000, options.seconds * 50),
    );
    const sent = await sendTraffic({
      ...options,
      url: worker.url,
      source: 'support',
      prefix: `s${Date.now()}-`,
    });
    clearInterval(look);
    say('all is sent');
    const drained = await untilNothingWaits(worker);
    watch.stop();
    say('all is logged');
    const { sales, marketing } = await becameOf(sent, crms);
    return {
      offered: sent.ids.length,
      offeredPerSecond: Math.round(sent.ids.length / sent.took),
      answers: answersOf(sent),
      allLoggedSecondsAfterTheLast: drained,
      sales,
      marketing,
      memoryMiB: watch.memory(),
      rssOverTime: thinned(watch.samples.map(({ at, rss }) => [Math.round(at), rss])),
      backlogOverTime: backlog,
      live: watch.live(),
    };
  } finally {
    await stage.stop();
  }
}

/** About twenty of them. */
export function thinned<T>(all: readonly T[]): T[] {
  const step = Math.max(1, Math.ceil(all.length / 20));
  return all.filter((_one, index) => index % step === 0);
}
