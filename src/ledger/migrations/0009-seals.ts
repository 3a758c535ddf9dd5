/** Tamper evidence: what is only added to is sealed; of an event's content a commitment is, so that it can be destroyed. */
export const sealTables = `
create table wcs.purges (
  id bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  actor text not null,
  kind text collate "C" not null check (kind in ('retention', 'erasure')),
  -- which rule or request; names nobody
  rule text not null,
  interactions int not null,
  events int not null,
  files int not null
);
create trigger append_only before update or delete or truncate on wcs.purges
  for each statement execute function wcs.refuse_change();

alter table wcs.events
  -- random: without it nobody can try texts against the hash
  add column nonce text,
  -- commitment to provider_id and payload (src/core/seal.ts)
  add column content_hash text collate "C",
  -- the rule by which the content was destroyed
  add column purge_id bigint references wcs.purges (id);
alter table wcs.interactions add column purge_id bigint references wcs.purges (id);

-- The statistics of a column hold values of it: what people wrote would be kept there too.
alter table wcs.events alter column payload set statistics 0;
alter table wcs.interactions alter column document set statistics 0;

drop trigger append_only on wcs.events;
update wcs.events e
set nonce = n.nonce,
    content_hash = encode(sha256(convert_to(
      '["wcs-content-1","' || n.nonce || '",' || coalesce(to_json(e.provider_id)::text, 'null') || ',' ||
      to_json(e.payload)::text || ']', 'UTF8')), 'hex')
from (select id, replace(gen_random_uuid()::text, '-', '') as nonce from wcs.events) n
where n.id = e.id;
alter table wcs.events alter column content_hash set not null;

-- Nothing of an event changes but one thing, once: its content is destroyed, with the number of the rule.
create function wcs.refuse_but_purge() returns trigger language plpgsql as $$
begin
  if old.purge_id is null and new.purge_id is not null
     and new.payload = '' and new.nonce is null and new.provider_id is null
     and (new.id, new.dedupe_key, new.source, new.source_kind, new.kind, new.business_number, new.interaction_key,
          new.occurred_at, new.received_at, new.content_hash)
       is not distinct from
         (old.id, old.dedupe_key, old.source, old.source_kind, old.kind, old.business_number, old.interaction_key,
          old.occurred_at, old.received_at, old.content_hash) then
    return new;
  end if;
  raise exception 'wcs.% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;
create trigger append_only before delete or truncate on wcs.events
  for each statement execute function wcs.refuse_change();
create trigger purge_only before update on wcs.events
  for each row execute function wcs.refuse_but_purge();

-- Whoever adds has a transaction id before he draws the ids of his rows. So a sealer that has seen all transactions of
-- a moment end knows that no row with an id from before that moment can appear any more (src/ledger/seals.ts).
create function wcs.draw_transaction_id() returns trigger language plpgsql as $$
begin
  perform pg_current_xact_id();
  return null;
end $$;
create trigger sealed before insert on wcs.events
  for each statement execute function wcs.draw_transaction_id();
create trigger sealed before insert on wcs.receipts
  for each statement execute function wcs.draw_transaction_id();
create trigger sealed before insert on wcs.audit
  for each statement execute function wcs.draw_transaction_id();

create table wcs.seals (
  number int primary key check (number > 0),
  at text not null,
  previous text collate "C" not null,
  root text collate "C" not null,
  -- JSON [{table, after, upTo, count}]
  ranges text not null,
  hash text collate "C" not null,
  signature text,
  -- a line for each row: table, id, hash
  leaves text not null
);
create trigger append_only before update or delete or truncate on wcs.seals
  for each statement execute function wcs.refuse_change();

-- Up to which seal each place outside has its copies.
create table wcs.seal_copies (
  place text collate "C" primary key,
  number int not null,
  error text,
  at timestamptz not null default clock_timestamp()
);
`;
