import type { Finding } from '../destinations/destination.ts';
import { shorten } from '../observe/shorten.ts';
import { oneLine, type Terminal } from './terminal.ts';

const marks = { ok: '✓', warning: '!', error: '✗', todo: '→' };

/** The findings of one destination, a line each, with what to do by hand marked by an arrow. */
export function formatFindings(
  destination: string,
  findings: readonly Finding[],
  { colors }: Pick<Terminal, 'colors'>,
): string {
  const paint = { ok: colors.green, warning: colors.yellow, error: colors.red, todo: colors.cyan };
  const widest = Math.max(0, ...findings.map((finding) => finding.subject.length));
  const lines = findings.map(({ level, subject, text, code }) => {
    const what = oneLine(shorten(text)) + (code === undefined ? '' : colors.dim(` (${code})`));
    return `  ${paint[level](marks[level])} ${oneLine(subject).padEnd(widest)}  ${what}`;
  });
  return [colors.bold(destination), ...lines].join('\n');
}

export function hasError(findings: readonly Finding[]): boolean {
  return findings.some((finding) => finding.level === 'error');
}
