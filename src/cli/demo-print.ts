import Table from 'cli-table3';
import pc from 'picocolors';
import type { Finding } from '../destinations/destination.ts';
import type { Report } from '../pipeline/operations.ts';
import type { TimelineEntry, TimelineView } from '../sandbox/timeline.ts';

/** What the demo shows in the terminal. */

const write = (text: string): void => void process.stdout.write(`${text}\n`);

export function heading(text: string): void {
  write(`\n${pc.bold(text)}`);
}

export function line(text: string): void {
  write(`  ${text}`);
}

export function findings(destination: string, list: readonly Finding[]): void {
  const marks = { ok: pc.green('✓'), warning: pc.yellow('!'), error: pc.red('✗'), todo: pc.yellow('→') };
  for (const { level, subject, text } of list) line(`${marks[level]} ${destination}: ${subject}, ${text}`);
}

/** Overwrites one line on a terminal; says only the last one elsewhere. */
export function progress(text: string, last: boolean): void {
  if (process.stdout.isTTY) process.stdout.write(`\r\u001B[2K  ${text}${last ? '\n' : ''}`);
  else if (last) line(text);
}

/** One CRM's timelines, oldest record first, as a rep would read them. */
export function timelines(view: Pick<TimelineView, 'contacts' | 'timeline'>, name: string): void {
  heading(`What a rep sees in ${name}`);
  for (const contact of view.contacts()) {
    const entries = [...view.timeline(contact.id)].sort((a, b) => a.at.localeCompare(b.at));
    write(
      `\n  ${pc.bold(pc.cyan(contact.name))} ${pc.dim(`${contact.type} · ${entries.length} ${entries.length === 1 ? 'record' : 'records'}`)}`,
    );
    for (const entry of entries) record(entry);
  }
}

function record(entry: TimelineEntry): void {
  write(`  ${pc.dim('│')}`);
  write(`  ${pc.dim('├─')} ${pc.dim(entry.at.slice(11, 16))}  ${entry.title}`);
  for (const text of entry.body.split('\n')) write(`  ${pc.dim('│')}         ${pc.dim(text)}`);
  for (const { name, type, size } of entry.files) {
    write(`  ${pc.dim('│')}         ${pc.yellow(`+ ${name}`)} ${pc.dim(`${type}, ${size} bytes`)}`);
  }
}

export function totals(report: Report, calls: readonly (readonly [name: string, count: number])[]): void {
  heading('Everything that came in is accounted for');
  const { received, logged, pending, parked, excluded, ignored, failed, withoutContent } = report.totals;
  const plain = { style: { head: [], border: [] } };
  const counts = new Table({
    ...plain,
    head: ['received', 'logged', 'pending', 'parked', 'excluded', 'ignored', 'failed'],
  });
  counts.push(
    [received, logged, pending, parked, excluded, ignored, failed].map((count) => ({
      hAlign: 'right' as const,
      content: String(count),
    })),
  );
  write(indent(counts.toString()));
  if (withoutContent > 0) line(`${withoutContent} of them without content: only delivery states were seen.`);
  line(`CRM calls made: ${calls.map(([name, count]) => `${name} ${count}`).join(', ')}.`);
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}
