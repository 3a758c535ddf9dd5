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
    // The last net; in a pipe or a file stands what was asked for.
    out: (text) => void process.stdout.write(`${isTTY === true ? withoutCommands(text) : text}\n`),
    note: (text) => void process.stderr.write(`${withoutCommands(text)}\n`),
    colors: picocolors.createColors(isTTY === true && picocolors.isColorSupported),
    width: isTTY === true ? columns : undefined,
    showsProgress: process.stderr.isTTY === true,
    ...(process.stdin.isTTY && process.stderr.isTTY && { ask }),
  };
}

async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await lines.question(`${manyLines(question)} `)).trim();
  } finally {
    lines.close();
  }
}

/** Everything that a terminal obeys, colours excepted. */
function withoutCommands(text: string): string {
  return text.replace(/\p{Cc}(?:\[\d{1,3}m)?/gu, (found) => {
    const isColour = found.startsWith('\u001b[');
    return isColour || found.startsWith('\n') || found.startsWith('\t') ? found : found.slice(1);
  });
}

const turning = '\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069';
const unseen = new RegExp(`[\\p{Cc}${turning}]`, 'gu');
const unseenInLines = new RegExp(`[^\\P{Cc}\\n\\t]|[${turning}]`, 'gu');

/** The same as {@link oneLine} for a text that keeps its lines. */
export function manyLines(text: string): string {
  return text.replace(unseenInLines, '');
}

/** Any value as JSON that a terminal may show: what it would obey is written as JSON writes control characters. */
export function safeJson(value: unknown, indent?: number): string {
  const escaped = (sign: string) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;
  // Within JSON those below U+0020 are escaped already, and stand between its values.
  return JSON.stringify(value, null, indent).replace(unseen, (sign) =>
    sign === '\n' ? sign : escaped(sign),
  );
}

/**
 * A text from outside as one harmless line: control characters (which a terminal would obey) and marks that turn the
 * direction of writing are taken out.
 */
export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').replace(unseen, '').trim();
}
