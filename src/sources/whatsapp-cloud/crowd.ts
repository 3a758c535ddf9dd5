/** More than any real webhook holds of what nothing can be made of. */
const many = 100;

/**
 * Of very many items that nothing can be made of, one: a body of 3 MB has room for a million of them, and an event of each
 * would hold up everybody. Those that can be read stay as they are, and so do a few odd ones.
 *
 * @returns the items, where one item at the end may hold all the odd ones as `{items}`
 */
export function withoutCrowd(
  items: readonly unknown[],
  isReadable: (item: unknown) => boolean,
): readonly unknown[] {
  if (items.length <= many) return items;
  const odd = items.filter((item) => !isReadable(item));
  return odd.length <= many ? items : [...items.filter(isReadable), { items: odd }];
}
