/** Completeness: what sources said when they were asked, and the daily reports with what became of their sending. */
export const reportTables = `
-- What the report names one by one is found without reading what it does not name.
create index interactions_without_content on wcs.interactions (occurred_at, key) where without_content;
create index events_unrecognised_by_time on wcs.events (occurred_at, id) where kind = 'unrecognised';

-- One answer of a source about one day of one of the firm's numbers. Of what is missing it has keys, which are hashes.
create table wcs.source_audits (
  id bigint generated always as identity primary key,
  source text collate "C" not null,
  business_number text collate "C" not null,
  day text collate "C" not null,
  -- what was asked for: messages, calls, history, sent
  question text collate "C" not null,
  -- the first time, and once more days later
  round text collate "C" not null check (round in ('first', 'late')),
  method text collate "C" not null check (method in ('ids', 'counts', 'none')),
  asked_at timestamptz not null default clock_timestamp(),
  theirs int not null,
  ours int not null,
  excluded int not null,
  missing int not null,
  filled int not null,
  extra int not null,
  -- JSON list
  missing_keys text not null,
  extra_keys text not null,
  -- why it could not be asked
  code text,
  reason text
);
create index source_audits_by_day on wcs.source_audits (day, source, id);
create trigger append_only before update or delete or truncate on wcs.source_audits
  for each statement execute function wcs.refuse_change();

create table wcs.daily_reports (
  -- without gaps
  id bigint primary key,
  day text collate "C" not null unique,
  at timestamptz not null default clock_timestamp(),
  -- JSON as text: the bytes that are hashed, sealed and sent
  body text not null,
  hash text collate "C" not null
);
create trigger append_only before update or delete or truncate on wcs.daily_reports
  for each statement execute function wcs.refuse_change();
create trigger sealed before insert on wcs.daily_reports
  for each statement execute function wcs.draw_transaction_id();

create table wcs.report_sends (
  report bigint not null references wcs.daily_reports (id),
  recipient text collate "C" not null,
  state text collate "C" not null default 'waiting' check (state in ('waiting', 'sent')),
  attempts int not null default 0,
  not_before timestamptz not null default '-infinity',
  lease_until timestamptz,
  error text,
  sent_at timestamptz,
  primary key (report, recipient)
);
create index report_sends_waiting on wcs.report_sends (not_before) where state = 'waiting';
`;
