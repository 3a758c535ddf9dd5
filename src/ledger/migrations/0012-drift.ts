/** What the records in the CRMs were made to show, when each was looked at, and what was found. */
export const driftTables = `
create table wcs.record_checks (
  destination text collate "C" not null,
  -- of the record: the interaction's own, that of one further state of it, or its digest's
  key text collate "C" not null,
  part text collate "C" not null check (part in ('own', 'further', 'digest')),
  -- of a digest: none
  activity_key text collate "C",
  kind text collate "C" not null check (kind in ('message', 'call')),
  record_id text not null,
  contact_type text collate "C" not null,
  contact_id text collate "C" not null,
  occurred_at timestamptz not null,
  -- JSON {field: hash}; null: not known
  shown text,
  -- how many records of the same key besides this one a person has accepted
  doubles int not null default 0,
  -- how many checks are behind it, and since when it waits for the next: its delivery, or the last check
  stage int not null default 0,
  since timestamptz not null default clock_timestamp(),
  lease_owner text,
  lease_until timestamptz,
  primary key (destination, key)
);
create index record_checks_due on wcs.record_checks (destination, stage, since);
create index record_checks_of_activity on wcs.record_checks (activity_key) where activity_key is not null;

-- What was delivered before is looked at too: whether it is there, and of digests what they show.
insert into wcs.record_checks (destination, key, part, activity_key, kind, record_id, contact_type, contact_id,
                               occurred_at, since)
select a.destination, a.key, 'own', a.key, a.kind, a.record_id, a.contact_type, a.contact_id, i.occurred_at, a.changed_at
from wcs.activities a join wcs.interactions i on i.key = a.key
where a.state = 'delivered' and a.record_id is not null and a.digest_key is null and a.contact_id is not null;
insert into wcs.record_checks (destination, key, part, kind, record_id, contact_type, contact_id, occurred_at, shown, since)
select destination, key, 'digest', 'message', record_id, contact_type, contact_id, first_at, shown, last_at
from wcs.digests where record_id is not null
on conflict do nothing;

create table wcs.drift (
  id bigint generated always as identity primary key,
  destination text collate "C" not null,
  key text collate "C" not null,
  kind text collate "C" not null check (kind in ('missing', 'changed', 'moved', 'double')),
  activity_key text collate "C",
  record_kind text collate "C" not null check (record_kind in ('message', 'call')),
  record_id text not null,
  contact_type text collate "C" not null,
  contact_id text collate "C" not null,
  occurred_at timestamptz not null,
  -- names of fields, never values
  fields text[] not null default '{}',
  -- JSON of ids and counts (src/core/drift.ts)
  detail text not null default '{}',
  found_at timestamptz not null default clock_timestamp(),
  last_seen_at timestamptz not null default clock_timestamp(),
  resolved_at timestamptz,
  resolution text collate "C" check (resolution in ('logged-again', 'restored', 'accepted', 'written', 'ended')),
  resolved_by text,
  check ((resolved_at is null) = (resolution is null))
);
create unique index drift_open on wcs.drift (destination, key, kind) where resolved_at is null;
create index drift_of_record on wcs.drift (destination, key, id);

-- How many calls checks may make by now, of one destination.
create table wcs.check_pace (
  destination text collate "C" primary key,
  calls float8 not null,
  at timestamptz not null default clock_timestamp(),
  not_before timestamptz not null default '-infinity'
);
`;
