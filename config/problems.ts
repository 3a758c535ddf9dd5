/** A mistake of the settings file that no single value shows, and where it is. */
export type Problem = { readonly path: string; readonly text: string };

/** Ids that stand twice in a list. */
export function usedTwice(list: string, ids: readonly unknown[]): Problem[] {
  const seen = new Set<unknown>();
  return ids.flatMap((id, at) => {
    const isTwice = id !== undefined && seen.has(id);
    seen.add(id);
    return isTwice ? [{ path: `${list}[${at}].id`, text: `"${shown(id)}" is used twice` }] : [];
  });
}

/** Whatever stands there, which need not be what belongs there: not every object can be made a text by itself. */
export function shown(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
}
