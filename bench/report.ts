import Table from 'cli-table3';
import pc from 'picocolors';
import type { Column, Outcome } from './measurement.ts';

/** What the figures were made on. */
export interface Machine {
  readonly date: string;
  readonly node: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryGb: number;
}

const plain = (value: number, { digits }: Pick<Column, 'digits'>): string =>
  value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });

const ratioText = (value: number): string => plain(value, { digits: value < 0.1 ? 4 : value < 10 ? 2 : 0 });

function targetText({ target }: Outcome['ratios'][number]): string {
  if (target === undefined) return '';
  return 'atMost' in target ? `at most ${ratioText(target.atMost)}` : `at least ${ratioText(target.atLeast)}`;
}

const word = (isMet: boolean | undefined): string => (isMet === undefined ? '' : isMet ? 'met' : 'missed');

function figureRows({ variants, columns }: Outcome): string[][] {
  return variants.map(({ name, median }) => [
    name,
    ...Object.entries(columns).map(([key, column]) => {
      const value = median[key];
      return value === undefined ? '' : plain(value, column);
    }),
  ]);
}

const heads = ({ columns }: Outcome): string[] => Object.values(columns).map(({ head }) => head);

/** For a terminal. */
export function tableOf(outcome: Outcome): string {
  const numbers = new Table({
    head: ['', ...heads(outcome)],
    colAligns: ['left', ...heads(outcome).map(() => 'right' as const)],
    style: { head: [], border: ['gray'] },
  });
  numbers.push(...figureRows(outcome));
  const ratios = outcome.ratios.map((ratio) => {
    const paint = ratio.isMet === undefined ? pc.white : ratio.isMet ? pc.green : pc.yellow;
    const target = targetText(ratio);
    return `  ${paint(ratioText(ratio.value).padStart(8))}  ${ratio.what}${target === '' ? '' : pc.dim(` (target: ${target})`)}`;
  });
  return [pc.bold(outcome.title), pc.dim(outcome.about), numbers.toString(), ...ratios, ''].join('\n');
}

/** A section of docs/benchmarks.md. */
export function sectionOf(outcome: Outcome): string {
  const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
    [head, head.map((_one, index) => (index === 0 ? '---' : '---:')), ...rows]
      .map((row) => `| ${row.join(' | ')} |`)
      .join('\n');
  const ratios = outcome.ratios.map((ratio) => [
    ratio.what,
    ratioText(ratio.value),
    targetText(ratio),
    word(ratio.isMet),
  ]);
  const picture =
    outcome.drawn === undefined ? [] : [`![${outcome.title}](pictures/bench-${outcome.id}.svg)`];
  const parts = [
    `## ${outcome.title}`,
    outcome.about,
    ...picture,
    table([`median of ${outcome.rounds}`, ...heads(outcome)], figureRows(outcome)),
    ...(ratios.length === 0 ? [] : [table(['side by side', 'ratio', 'target', ''], ratios)]),
  ];
  return parts.join('\n\n');
}

export function machineText({ date, node, processor, cores, memoryGb }: Machine): string {
  return `${date}, ${cores} cores of ${processor}, ${memoryGb} GB, Node ${node}`;
}

/** Bars of the drawn figure, each variant one, as an SVG that reads on light and on dark. */
export function pictureOf({ title, columns, drawn = '', variants }: Outcome): string {
  const column = columns[drawn] ?? { head: '', digits: 0 };
  const values = variants.map(({ name, median }) => ({ name, value: median[drawn] ?? 0 }));
  const most = Math.max(...values.map(({ value }) => value), Number.MIN_VALUE);
  const [left, width, line, top] = [300, 360, 28, 56];
  const height = top + values.length * line + 12;
  const bars = values.map(({ name, value }, index) => {
    const y = top + index * line;
    const length = Math.max(1, (value / most) * width);
    const text = `<text x="${left - 10}" y="${y + 14}" text-anchor="end">${escaped(name)}</text>`;
    const bar = `<rect x="${left}" y="${y}" width="${length.toFixed(1)}" height="20" rx="3"/>`;
    return `${text}${bar}<text x="${left + length + 8}" y="${y + 14}">${plain(value, column)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 ${height}" width="760" height="${height}" role="img">
<title>${escaped(`${title}: ${column.head}`)}</title>
<style>text{font:13px system-ui,sans-serif;fill:#57606a}.head{font-weight:600;font-size:15px}rect{fill:#1f8a70}
@media(prefers-color-scheme:dark){text{fill:#c9d1d9}rect{fill:#3fb68b}}</style>
<text class="head" x="12" y="24">${escaped(title)}</text><text x="12" y="42">${escaped(column.head)}</text>
${bars.join('\n')}
</svg>
`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
