import fc from 'fast-check';
import { heavy, light, Raw, type Ingredient } from './ingredients.ts';

/** One change of a value: what is done, at which of its places, with what. Small numbers only, so that it shrinks. */
export interface Edit {
  readonly op: (typeof ops)[number];
  readonly at: number;
  readonly what: number;
}

const ops = [
  'replace',
  'replace',
  'replace',
  'remove',
  'append',
  'wrap in a list',
  'wrap in an object',
  'repeat',
  'add a key',
  'rename',
  'swap',
] as const;

/** A real-shaped value and what is done to it. */
export interface Mutation {
  readonly base: number;
  readonly edits: readonly Edit[];
}

/** How many of a thousand edits bring something large. */
const heavyOfThousand = 4;

/** @param bases how many there are */
export function mutations(bases: number, most = 4): fc.Arbitrary<Mutation> {
  const what = fc.oneof(
    { weight: 1_000 - heavyOfThousand, arbitrary: fc.nat(light.length - 1) },
    {
      weight: heavyOfThousand,
      arbitrary: fc.integer({ min: light.length, max: light.length + heavy.length - 1 }),
    },
  );
  const edit = fc.record({ op: fc.constantFrom(...ops), at: fc.nat(100_000), what });
  return fc.record({ base: fc.nat(bases - 1), edits: fc.array(edit, { minLength: 1, maxLength: most }) });
}

export function ingredient(what: number): Ingredient {
  return (what < light.length ? light[what] : heavy[(what - light.length) % heavy.length]) as Ingredient;
}

/** How a case is told: never the value itself, which may have ten million signs. */
export function tell({ base, edits }: Mutation): string {
  const each = edits.map(({ op, at, what }) => `${op} at place ${at} (${ingredient(what).name})`);
  return `base ${base}: ${each.join(', then ') || 'unchanged'}`;
}

type Holder = Record<string | number, unknown>;
interface Place {
  readonly holder: Holder;
  readonly key: string | number;
}

/** A changed copy. Keys come from the value itself and from the ingredients. */
export function mutate(value: unknown, edits: readonly Edit[]): unknown {
  const root: Holder = { '': structuredClone(value) };
  for (const edit of edits) apply(root, edit);
  return root[''];
}

function apply(root: Holder, { op, at, what }: Edit): void {
  const places = placesIn(root);
  // Nothing is left: whatever is brought stands alone.
  const { holder, key } = places[at % places.length] ?? { holder: root, key: '' };
  const current = holder[key];
  const brought = ingredient(what).make();
  if (op === 'remove') remove(holder, key);
  else if (op === 'append') holder[key] = appended(current, brought);
  else if (op === 'wrap in a list') holder[key] = [current, brought];
  else if (op === 'wrap in an object') holder[key] = { [String(key)]: current };
  else if (op === 'repeat') holder[key] = Array.from({ length: 2 + (what % 20) }, () => current);
  else if (op === 'add a key') add(current, places, at, brought);
  else if (op === 'rename') rename(holder, key, typeof brought === 'string' ? brought.slice(0, 5_000) : 'x');
  else if (op === 'swap') swap(places, at, what);
  else holder[key] = brought;
}

function remove(holder: Holder, key: string | number): void {
  if (Array.isArray(holder)) holder.splice(Number(key), 1);
  else delete holder[key];
}

function appended(current: unknown, brought: unknown): unknown {
  if (Array.isArray(current)) return [...current, brought];
  return typeof current === 'string' && typeof brought === 'string' ? current + brought : brought;
}

/** Under a name that stands elsewhere in the value: that is where readers look. */
function add(current: unknown, places: readonly Place[], at: number, brought: unknown): void {
  if (typeof current !== 'object' || current === null || current instanceof Raw) return;
  const { key } = places[(at * 7 + 3) % places.length] as Place;
  if (key === '' || (Array.isArray(current) && key === 'length')) return;
  define(current as Holder, String(key), brought);
}

function rename(holder: Holder, key: string | number, name: string): void {
  if (Array.isArray(holder) || key === '') return;
  const value = holder[key];
  delete holder[key];
  define(holder, name, value);
}

/** Also a key `__proto__` of its own, as JSON.parse makes it. */
function define(holder: Holder, name: string, value: unknown): void {
  Object.defineProperty(holder, name, { value, enumerable: true, configurable: true, writable: true });
}

/** A value in the place of another: a copy, so that nothing goes round in a circle. */
function swap(places: readonly Place[], at: number, what: number): void {
  const one = places[at % places.length];
  const other = places[(at * 31 + what) % places.length];
  if (one === undefined || other === undefined) return;
  const copy: unknown = clone(other.holder[other.key]);
  one.holder[one.key] = copy;
}

function clone(value: unknown): unknown {
  if (value instanceof Raw || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(clone);
  const copy: Holder = {};
  for (const [name, inner] of Object.entries(value)) define(copy, name, clone(inner));
  return copy;
}

/** At most so many: large ingredients need no places of their own. */
const mostPlaces = 2_000;

function placesIn(root: Holder): Place[] {
  const places: Place[] = [];
  const queue: unknown[] = [root];
  for (let next = 0; next < queue.length && places.length < mostPlaces; next += 1) {
    const holder = queue[next] as Holder;
    for (const key of Array.isArray(holder) ? Array(holder.length).keys() : Object.keys(holder)) {
      places.push({ holder, key });
      const inner = holder[key];
      if (typeof inner === 'object' && inner !== null && !(inner instanceof Raw)) queue.push(inner);
      if (places.length >= mostPlaces) break;
    }
  }
  return places;
}

const mark = (at: number) => `@@raw-${at}@@`;

/** JSON text as bytes, with each {@link Raw} as it is. */
export function toJson(value: unknown): Buffer {
  const raws: Raw[] = [];
  const text = JSON.stringify(value, (_key, inner: unknown) =>
    inner instanceof Raw ? mark(raws.push(inner) - 1) : inner,
  );
  if (raws.length === 0) return Buffer.from(text ?? 'null');
  const parts = text.split(/"@@raw-(\d+)@@"/);
  return Buffer.concat(
    parts.map((part, at) => (at % 2 === 0 ? Buffer.from(part) : (raws[Number(part)] as Raw).bytes)),
  );
}

/** Any value as the text that stands in a form, an address or a file. */
export function toText(value: unknown): string {
  if (typeof value === 'string') return value;
  return value instanceof Raw ? value.bytes.toString('utf8') : toJson(value).toString('utf8');
}
