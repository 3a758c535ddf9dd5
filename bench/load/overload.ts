import { answersOf, becameOf, sendTraffic } from './traffic.ts';
import { setStage, untilNothingWaits, Watch, type Stage } from './stage.ts';
import { thinned, type SteadyOptions } from './steady.ts';

/** Far more than can be taken: what is too much is turned away at once, the rest is durable, and all is as before afterwards. */
export async function overload(
  options: SteadyOptions & { readonly calmRate: number },
): Promise<Record<string, unknown>> {
  const stage = await setStage(options);
  try {
    const calm = (name: string) =>
      sendTraffic({
        ...options,
        url: stage.worker.url,
        source: 'support',
        rate: options.calmRate,
        seconds: Math.min(10, options.seconds),
        prefix: `${name}${Date.now()}-`,
      });
    const before = await calm('before');
    const watch = new Watch(stage.worker, 250);
    const flood = await sendTraffic({
      ...options,
      url: stage.worker.url,
      source: 'support',
      prefix: `o${Date.now()}-`,
    });
    watch.stop();
    const justAfter = await calm('after');
    const shedTotal = await shedBy(stage);
    const drained = await untilNothingWaits(stage.worker);
    const drainedMemory = new Watch(stage.worker, 100);
    const quiet = await calm('quiet');
    drainedMemory.stop();
    await untilNothingWaits(stage.worker);
    const { sales, marketing } = await becameOf(flood, stage.crms);
    return {
      offered: flood.ids.length,
      offeredPerSecond: Math.round(flood.ids.length / flood.took),
      answers: answersOf(flood),
      shedWithoutRetryAfter: flood.withoutRetryAfter,
      countedAsShed: shedTotal,
      sales,
      marketing,
      live: watch.live(),
      memoryMiB: { ...watch.memory(), whenDrained: drainedMemory.memory().end },
      rssOverTime: thinned(watch.samples.map(({ at, rss }) => [Math.round(at), rss])),
      calmBefore: answersOf(before),
      calmJustAfter: answersOf(justAfter),
      calmWhenDrained: answersOf(quiet),
      drainedSeconds: drained,
    };
  } finally {
    await stage.stop();
  }
}

async function shedBy({ worker }: Stage): Promise<number> {
  const text = await (await fetch(`${worker.url}/metrics`)).text();
  return Number(/^wcs_shed_total\{source="support"\} (\d+)$/m.exec(text)?.[1] ?? 0);
}
