/** Quarantine for what names no number of the firm. */
export const quarantineTables = `
create table wcs.quarantine (
  -- the event in wcs.events that has its outline
  id bigint primary key,
  source text collate "C" not null,
  received_at timestamptz not null default clock_timestamp(),
  dedupe_key text collate "C" not null unique,
  -- base64; removed with the decision
  ciphertext text,
  key_name text collate "C" not null,
  state text collate "C" not null default 'waiting' check (state in ('waiting', 'released', 'discarded', 'expired')),
  decided_at timestamptz,
  decided_by text,
  check ((state = 'waiting') = (ciphertext is not null)),
  check ((state = 'waiting') = (decided_at is null and decided_by is null))
);
create index quarantine_waiting on wcs.quarantine (received_at) where state = 'waiting';
alter table wcs.quarantine alter column ciphertext set statistics 0;

-- Each is decided once, and stays in the list.
create function wcs.refuse_but_decision() returns trigger language plpgsql as $$
begin
  if old.state = 'waiting' and new.state <> 'waiting'
     and (new.id, new.source, new.received_at, new.dedupe_key, new.key_name)
       is not distinct from (old.id, old.source, old.received_at, old.dedupe_key, old.key_name) then
    return new;
  end if;
  raise exception 'wcs.% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;
create trigger append_only before delete or truncate on wcs.quarantine
  for each statement execute function wcs.refuse_change();
create trigger decided_once before update on wcs.quarantine
  for each row execute function wcs.refuse_but_decision();

create index audit_by_subject on wcs.audit (subject, id);
`;
