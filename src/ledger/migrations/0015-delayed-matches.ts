/** Whose look-up failed is found by their addresses when something new of the same person comes. */
export const delayedMatchesIndex = `
create index activities_matching_later on wcs.activities using gin (addresses) with (fastupdate = off)
  where state = 'matching' and not_before > '-infinity';`;
