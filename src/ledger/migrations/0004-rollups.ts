/** What is told of a contact's whole history, on the contact. */
export const rollupTables = `
alter table wcs.interactions add column direction text;
-- The document is JSON: a quote inside of a text is escaped there, so this finds the field and nothing that a person wrote.
update wcs.interactions set direction = substring(document from '"direction":"(inbound|outbound)"');

create table wcs.rollups (
  destination text collate "C" not null,
  contact_type text collate "C" not null,
  contact_id text collate "C" not null,
  -- rises with each activity that is logged on the contact
  version bigint not null default 1,
  -- when the contact is to be brought up to date; null: it is
  due_at timestamptz,
  written_at timestamptz,
  written_hash text,
  attempts int not null default 0,
  lease_owner text,
  lease_until timestamptz,
  code text,
  reason text,
  primary key (destination, contact_type, contact_id)
);
create index rollups_due on wcs.rollups (destination, due_at) where due_at is not null;
create index activities_of_contact on wcs.activities (destination, lane) where record_id is not null;
`;
