/** What it takes to destroy content by a rule, and to hold it: src/ledger/purges.ts. */
export const purgeTables = `
alter table wcs.interactions add column kind text collate "C";
-- The document is JSON: a quote inside of a text is escaped there, so this finds the field and nothing that a person wrote.
update wcs.interactions set kind = substring(document from '"kind":"(message|call)"') where document <> '';

alter table wcs.activities
  -- the content was destroyed: nothing is sent of it any more
  add column purged boolean not null default false,
  add constraint purged_is_settled check (not purged or state in ('delivered', 'ignored', 'excluded'));
create index interactions_kept on wcs.interactions (occurred_at, key) where purge_id is null;
create index interactions_of_purge on wcs.interactions (purge_id, key) where purge_id is not null;
create index events_loose on wcs.events (received_at, id) where interaction_key is null and purge_id is null;
create index activities_excluded on wcs.activities (key) where state = 'excluded' and not purged;

-- Which interactions have which files: the last one that goes takes the file with it.
create table wcs.file_uses (
  sha256 text collate "C" not null,
  key text collate "C" not null,
  primary key (sha256, key)
);
create index file_uses_of_interaction on wcs.file_uses (key);
insert into wcs.file_uses (sha256, key)
select distinct found[1], i.key from wcs.interactions i
cross join lateral regexp_matches(i.document, '"sha256":"([0-9a-f]{64})"', 'g') as found
where i.document like '%"sha256":"%';

-- Files to be removed, where no interaction has them any more.
create table wcs.doomed_files (
  sha256 text collate "C" primary key,
  since timestamptz not null default clock_timestamp()
);

create table wcs.holds (
  id bigint generated always as identity primary key,
  -- whom or what it is about: all that is given must fit
  person text,
  business_number text,
  source text collate "C",
  owner text,
  from_day date,
  to_day date,
  -- all that is known of the person
  addresses text[],
  -- which numbers the owner had, and when: JSON [{number, from, to}]
  stretches text,
  reason text not null,
  placed_by text not null,
  placed_at timestamptz not null default clock_timestamp(),
  released_by text,
  released_at timestamptz,
  check (num_nonnulls(person, business_number, source, owner, from_day, to_day) > 0 or released_at is not null)
);
create index holds_active on wcs.holds (id) where released_at is null;

create table wcs.erasures (
  id bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  actor text not null,
  reason text not null,
  -- keyed hashes of the person's addresses; the secret is in the settings
  person_hashes text[] not null,
  found int not null,
  erased int not null,
  held int not null,
  -- an obligation to keep them is not over
  obliged int not null,
  -- keys of what was on its way into the CRM at that moment: it follows
  waiting text[] not null
);

-- One row: when the rules were applied, and what is still to be wiped from the database's own files.
create table wcs.retention_state (
  id int primary key check (id = 1),
  applied_at timestamptz not null default '-infinity',
  -- content was destroyed since then and its bytes may still be in the files
  unscrubbed_since timestamptz,
  scrubbed_at timestamptz not null default '-infinity'
);
insert into wcs.retention_state (id) values (1);

-- The statistics of a column hold values of it. A change of type, even to the same one, takes away those that are there.
-- Where a search needs them they stay, and wiping makes them anew (src/ledger/scrub.ts).
${[
  'events.payload',
  'events.provider_id',
  'interactions.document',
  'activities.contact_name',
  'activities.reason',
  'conversations.name',
  'group_names.subject',
]
  .map((one) => {
    const [table, column] = one.split('.');
    return `alter table wcs.${table} alter column ${column} type text, alter column ${column} set statistics 0;`;
  })
  .join('\n')}
alter table wcs.identity_links alter column a type text collate "C", alter column a set statistics 0,
  alter column b type text collate "C", alter column b set statistics 0;
`;
