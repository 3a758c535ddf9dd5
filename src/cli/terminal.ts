import { createInterface } from 'node:readline/promises';
import picocolors from 'picocolors';

type Colors = ReturnType<typeof picocolors.createColors>;

/** Where a command writes: results to `out`, everything else (progress, mistakes) to `note`. */
export interface Terminal {
  out(text: string): void;
  note(text: string): void;
  /** plain functions when stdout is not a terminal */
  readonly colors: Colors;
  /** columns; undefined: not a terminal, lines may be as long as they like */
  readonly width: number | undefined;
  /** asks the person at the terminal; undefined: there is none */
  readonly ask?: (question: string) => Promise<string>;
  /** there is somebody to look at a progress bar */
  readonly showsProgress?: boolean;
}

/** The terminal of this process. A reader that goes away (`wcs report | head`) ends the program quietly. */
export function processTerminal(): Terminal {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(0);
      throw error;
    });
  }
  const { isTTY, columns } = process.stdout;
  return {
    out: (text) => void process.stdout.write(`${text}\n`),
    note: (text) => void process.stderr.write(`${text}\n`),
    colors: picocolors.createColors(isTTY === true && picocolors.isColorSupported),
    width: isTTY === true ? columns : undefined,
    showsProgress: process.stderr.isTTY === true,
    ...(process.stdin.isTTY && process.stderr.isTTY && { ask }),
  };
}

async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await lines.question(`${question} `)).trim();
  } finally {
    lines.close();
  }
}

/**
 * A text from outside as one harmless line: control characters (which a terminal would obey) and marks that turn the
 * direction of writing are taken out.
 */
export function oneLine(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '')
    .trim();
}
