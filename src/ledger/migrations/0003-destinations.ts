/** What deliveries need to know of what was sent before. */
export const destinationTables = `
alter table wcs.activities
  -- the revision that a delivery took on its way: what an unknown outcome is about
  add column sent_revision int,
  -- hash of what the record shows for certain
  add column delivered_hash text;

-- Counts of the shared limiters, in the shape that rate-limiter-flexible works on: one row for each limit.
create table wcs.limits (key varchar(255) primary key, points integer not null default 0, expire bigint);
`;
