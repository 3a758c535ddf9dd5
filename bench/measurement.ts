/** Figures of one run, by name. */
export type Figures = Readonly<Record<string, number>>;

/** One of several ways to do the same, which are run side by side. */
export interface Variant {
  readonly name: string;
  measure(): Promise<Figures>;
}

/** What one figure is in proportion to another, and what it ought to be. */
export interface Ratio {
  readonly what: string;
  readonly value: number;
  readonly target?: { readonly atMost: number } | { readonly atLeast: number };
}

/** A figure's column: its heading and how many digits say something. */
export interface Column {
  readonly head: string;
  readonly digits: number;
}

/** What is measured is ready to be run. */
export interface Opened {
  readonly variants: readonly Variant[];
  /** @param medians figures of each variant by its name */
  ratios(medians: (variant: string) => Figures): readonly Ratio[];
  close(): Promise<void>;
}

export interface Measurement {
  /** names it on the command line and in the JSON */
  readonly id: string;
  readonly title: string;
  /** what it answers and how, in a sentence or two */
  readonly about: string;
  readonly columns: Readonly<Record<string, Column>>;
  /** the column that is drawn; without one no picture */
  readonly drawn?: string;
  /** what takes long, or counts and does not time, is done less often */
  readonly mostRounds?: number;
  open(): Promise<Opened>;
}

/** What came out of a measurement. */
export interface Outcome {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  readonly columns: Measurement['columns'];
  readonly drawn?: string;
  readonly rounds: number;
  readonly variants: readonly {
    readonly name: string;
    readonly median: Figures;
    readonly all: readonly Figures[];
  }[];
  readonly ratios: readonly (Ratio & { readonly isMet?: boolean })[];
}

/**
 * Runs the variants in turn, round after round, so that what else the machine does is in all of them.
 *
 * @param say told what is being done
 */
export async function run(
  measurement: Measurement,
  asked: number,
  say: (what: string) => void,
): Promise<Outcome> {
  const rounds = Math.min(asked, measurement.mostRounds ?? asked);
  const { id, title, about, columns, drawn } = measurement;
  const opened = await measurement.open();
  try {
    const all = new Map<string, Figures[]>(opened.variants.map(({ name }) => [name, []]));
    for (let round = 1; round <= rounds; round += 1) {
      for (const variant of opened.variants) {
        say(`${id}: ${variant.name}, ${round} of ${rounds}`);
        all.get(variant.name)?.push(await variant.measure());
      }
    }
    const medians = new Map([...all].map(([name, figures]) => [name, medianOf(figures)]));
    const ratios = opened.ratios((variant) => medians.get(variant) ?? missing(variant));
    return {
      id,
      title,
      about,
      columns,
      ...(drawn !== undefined && { drawn }),
      rounds,
      variants: [...all].map(([name, figures]) => ({ name, median: medianOf(figures), all: figures })),
      ratios: ratios.map((ratio) => ({ ...ratio, ...judged(ratio) })),
    };
  } finally {
    await opened.close();
  }
}

function missing(variant: string): never {
  throw new Error(`there is no variant "${variant}"`);
}

function judged({ value, target }: Ratio): { isMet?: boolean } {
  if (target === undefined) return {};
  return { isMet: 'atMost' in target ? value <= target.atMost : value >= target.atLeast };
}

/** Each figure's median; of an even number of runs the lower of the two in the middle. */
export function medianOf(runs: readonly Figures[]): Figures {
  const names = Object.keys(runs[0] ?? {});
  const median = (name: string) => {
    const sorted = runs.map((one) => one[name] ?? Number.NaN).toSorted((a, b) => a - b);
    return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
  };
  return Object.fromEntries(names.map((name) => [name, median(name)]));
}
