/** Finds records of which it is not known what they show, and among them those that everybody has left. */
export const leftDigestsIndex = `
create index digests_unsure on wcs.digests (destination) where sent is not null;
`;
