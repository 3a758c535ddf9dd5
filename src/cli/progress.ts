import { Presets, SingleBar } from 'cli-progress';
import type { Terminal } from './terminal.ts';

export interface Progress {
  update(done: number): void;
  stop(): void;
}

/** A progress bar where somebody looks at it, else nothing. */
export function startProgress(
  { showsProgress }: Pick<Terminal, 'showsProgress'>,
  json: boolean,
  total: number,
): Progress {
  if (!showsProgress || json) return { update: () => undefined, stop: () => undefined };
  const bar = new SingleBar(
    {
      format: '{bar} {percentage}% | {eta_formatted}',
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
    },
    Presets.shades_classic,
  );
  bar.start(Math.max(total, 1), 0);
  return { update: (done) => bar.update(Math.min(done, total)), stop: () => bar.stop() };
}
