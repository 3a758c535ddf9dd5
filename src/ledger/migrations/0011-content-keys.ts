/** Encryption at rest: the keys of content, each wrapped by a master key that is not in the database (src/keys/). */
export const contentKeyTables = `
create table wcs.content_keys (
  id bigint generated always as identity primary key,
  -- hash of whose content of which month it is; of a file: its hash and the name of its key. Empty once destroyed
  scope text collate "C" not null,
  wrapped text not null,
  -- id of the master key
  master_key text collate "C" not null,
  created_at timestamptz not null default clock_timestamp(),
  destroyed_at timestamptz,
  -- the rule by which it was destroyed, and all that it had sealed with it
  purge_id bigint references wcs.purges (id),
  check ((destroyed_at is null) = (wrapped <> '')),
  check (destroyed_at is null or scope = '')
);
create unique index content_keys_by_scope on wcs.content_keys (scope) where destroyed_at is null;
create index content_keys_by_master on wcs.content_keys (master_key, id) where destroyed_at is null;

-- Null: the content is kept in clear.
alter table wcs.events add column key_id bigint;
alter table wcs.interactions add column key_id bigint;
create index events_by_key on wcs.events (key_id) where key_id is not null and purge_id is null;
create index interactions_by_key on wcs.interactions (key_id) where key_id is not null and purge_id is null;

-- Nothing of an event changes but two things, each once: what was kept in clear is sealed under a key, and the content is
-- destroyed, with the number of the rule.
create or replace function wcs.refuse_but_purge() returns trigger language plpgsql as $$
begin
  if old.purge_id is null
     and (new.id, new.dedupe_key, new.source, new.source_kind, new.kind, new.business_number, new.interaction_key,
          new.occurred_at, new.received_at, new.content_hash)
       is not distinct from
         (old.id, old.dedupe_key, old.source, old.source_kind, old.kind, old.business_number, old.interaction_key,
          old.occurred_at, old.received_at, old.content_hash)
     and new.nonce is null and new.provider_id is null
     and ((new.purge_id is not null and new.payload = '' and (new.key_id is null or new.key_id = old.key_id))
       or (new.purge_id is null and old.key_id is null and new.key_id is not null and new.payload like 'wcs1:%')) then
    return new;
  end if;
  raise exception 'wcs.% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;

-- A key leaves no row behind that could not be told from one that somebody took away.
create trigger append_only before delete or truncate on wcs.content_keys
  for each statement execute function wcs.refuse_change();
`;
