import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A program that runs, or ran. */
export interface Program {
  readonly pid: number;
  /** everything it wrote */
  output(): string;
  /** resolves when it has written this; @throws when it ends before, or within a minute does not */
  untilSays(text: string): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** its exit code, or the signal that ended it */
  readonly ended: Promise<number | NodeJS.Signals>;
}

/** Runs a built program with this environment alone. */
export function startProgram(args: readonly string[], env: Readonly<Record<string, string>>): Program {
  const child = spawn(process.execPath, [...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let written = '';
  let look: () => void = () => undefined;
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      written += chunk.toString();
      look();
    });
  }
  const ended = (once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>).then(
    ([code, signal]) => code ?? signal ?? 'SIGKILL',
  );
  return {
    pid: child.pid as number,
    output: () => written,
    untilSays: (text) =>
      new Promise((resolve, reject) => {
        const fail = (why: string) => reject(new Error(`it never said "${text}" (${why}):\n${written}`));
        const timer = setTimeout(() => fail('a minute is over'), 60_000);
        look = () => {
          if (!written.includes(text)) return;
          clearTimeout(timer);
          resolve();
        };
        child.once('close', (code) => {
          clearTimeout(timer);
          fail(`it ended with ${code}`);
        });
        look();
      }),
    signal: (signal) => void child.kill(signal),
    ended,
  };
}
