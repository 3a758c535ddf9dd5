/** Who did what: decisions of people and changes of what the product does. */
export const auditTables = `
create table wcs.audit (
  id bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  actor text not null,
  action text collate "C" not null,
  -- a destination, an interaction, a mapping: by its id
  subject text collate "C" not null,
  -- JSON; ids and counts, never what people wrote
  detail text not null
);
create index audit_by_action on wcs.audit (action, id);
create trigger append_only before update or delete or truncate on wcs.audit
  for each statement execute function wcs.refuse_change();
`;
