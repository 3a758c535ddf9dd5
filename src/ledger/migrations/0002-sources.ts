/** What later sources need: who is who, groups, alerts, cursors of polls, files and their way into the CRM. */
export const sourceTables = `
-- Two addresses of one person. 'same': the person had both at that time; 'became': a was given up for b then.
create table wcs.identity_links (
  a text collate "C" not null,
  b text collate "C" not null,
  kind text collate "C" not null check (kind in ('same', 'became')),
  first_at timestamptz not null,
  last_at timestamptz not null,
  primary key (a, b, kind)
);
create index identity_links_back on wcs.identity_links (b);

-- User ids of people who are never recorded, as keyed hashes: learned from what the privacy gate dropped.
-- With the one that was excluded by name: when that is taken back, so is this.
create table wcs.excluded_ids (
  id_hash text collate "C" not null,
  because_hash text collate "C" not null,
  primary key (id_hash, because_hash)
);

create table wcs.group_names (
  business_number text collate "C" not null,
  group_id text collate "C" not null,
  at timestamptz not null,
  subject text not null,
  primary key (business_number, group_id, at)
);
alter table wcs.interactions add column group_id text collate "C";
create index interactions_of_group on wcs.interactions (group_id) where group_id is not null;
-- Without its list of pending entries, which every look-up would read whole.
create index activities_parked_addresses on wcs.activities using gin (addresses) with (fastupdate = off)
  where state = 'parked';

create table wcs.alerts (
  source text collate "C" not null,
  subject text collate "C" not null,
  code text collate "C" not null,
  text text not null,
  raised boolean not null,
  -- when it happened: an older piece of news does not undo a newer one
  at timestamptz not null,
  since timestamptz not null default clock_timestamp(),
  primary key (source, subject, code)
);

create table wcs.poll_state (
  source text collate "C" not null,
  stream text collate "C" not null,
  cursor text,
  -- when a poll last caught up
  polled_at timestamptz,
  -- pause that the source asked for
  not_before timestamptz not null default '-infinity',
  primary key (source, stream)
);

-- Files to be fetched; made by the fold, so that it can be made again. What became of a file is an event.
create table wcs.media (
  key text collate "C" not null,
  media_id text collate "C" not null,
  source text collate "C" not null,
  state text collate "C" not null default 'waiting' check (state in ('waiting', 'done')),
  attempts int not null default 0,
  not_before timestamptz not null default '-infinity',
  lease_owner text,
  lease_until timestamptz,
  code text,
  added_at timestamptz not null default clock_timestamp(),
  primary key (key, media_id)
);
create index media_waiting on wcs.media (source, not_before) where state = 'waiting';

-- Stored files on their way into a destination; one row per record that has any.
create table wcs.attachments (
  destination text collate "C" not null,
  key text collate "C" not null,
  state text collate "C" not null default 'waiting' check (state in ('waiting', 'done', 'failed')),
  attempts int not null default 0,
  not_before timestamptz not null default '-infinity',
  lease_owner text,
  lease_until timestamptz,
  -- hashes of all stored files that the record shall have: JSON list
  files text not null default '[]',
  -- hashes of the files that are there, with the CRM's ids of them: JSON {sha256: id}
  attached text not null default '{}',
  code text,
  reason text,
  changed_at timestamptz not null default clock_timestamp(),
  primary key (key, destination)
);
create index attachments_waiting on wcs.attachments (destination, not_before) where state = 'waiting';
`;
