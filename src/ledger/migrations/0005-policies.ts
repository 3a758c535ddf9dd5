/** What the admins' policies and mappings need to be kept. */
export const policyTables = `
-- Every mapping that was ever published; the last one of a destination is the one in use.
create table wcs.mappings (
  id bigint generated always as identity primary key,
  destination text collate "C" not null,
  -- hash of the content
  version text collate "C" not null,
  body text not null,
  origin text collate "C" not null check (origin in ('file', 'api')),
  author text not null,
  why text not null,
  at timestamptz not null default clock_timestamp()
);
create index mappings_of_destination on wcs.mappings (destination, id);
create trigger append_only before update or delete or truncate on wcs.mappings
  for each statement execute function wcs.refuse_change();

-- Several messages and calls in one record: a day, or a conversation.
create table wcs.digests (
  destination text collate "C" not null,
  -- the key of the record
  key text collate "C" not null,
  -- whose, of which number and by which rule (and of a day: which one)
  slot text collate "C" not null,
  contact_type text collate "C" not null,
  contact_id text collate "C" not null,
  part int not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  -- nothing is added any more: it is full, or a person changed the record
  closed text collate "C" check (closed in ('full', 'changed')),
  record_id text,
  -- hashes of what the record shows, and of what was sent since without an answer: JSON {field: hash}
  shown text,
  sent text,
  primary key (destination, key)
);
create index digests_of_slot on wcs.digests (destination, slot, first_at, part);
alter table wcs.activities
  -- why it is this contact: what became of the delivery says nothing about it
  add column match_reason text,
  add column digest_key text collate "C",
  add column parked_since timestamptz;
create index activities_of_digest on wcs.activities (destination, digest_key, position) where digest_key is not null;
update wcs.activities set parked_since = changed_at where state = 'parked';

-- Fields of the CRM contact that opt a person in or out: JSON {field: value}
alter table wcs.directory add column marks text;
create index directory_marked on wcs.directory (destination, address) where marks is not null;
create index directory_by_last_digits on wcs.directory (destination, right(address, 7)) where address like '+%';
-- which of these fields the entries were read with
alter table wcs.directory_state add column marked_by text;
`;
