/** What people search by: chats, their names, and the words that were written (core/words.ts). */
export const conversationTables = `
alter table wcs.interactions
  add column conversation text collate "C",
  -- without positions: only whether a word is there
  add column words tsvector;

create table wcs.conversations (
  id text collate "C" primary key,
  business_number text not null,
  group_id text collate "C",
  -- in the form of the directory's addresses
  person_phone text collate "C",
  person_user_id text collate "C",
  -- what the other side calls itself, once known
  name text,
  names tsvector,
  first_at timestamptz not null,
  last_at timestamptz not null
);
create index conversations_by_time on wcs.conversations (last_at, id);
create index conversations_by_names on wcs.conversations using gin (names);
create index conversations_by_phone on wcs.conversations (person_phone) where person_phone is not null;
create index conversations_by_user on wcs.conversations (person_user_id) where person_user_id is not null;

-- When it came in, which is not when its event came: interactions are folded again when more is known.
alter table wcs.inbox add column added_at timestamptz not null default clock_timestamp();
-- Every chat once more through the fold, which fills in the new columns.
insert into wcs.inbox (event_id, interaction_key)
select position, key from wcs.interactions where revision > 0 on conflict do nothing;

create index interactions_of_conversation on wcs.interactions (conversation, occurred_at, key)
  where conversation is not null;
create index interactions_by_words on wcs.interactions using gin (words) where words is not null;
create index activities_not_logged on wcs.activities (destination, state, position) where state in ('ignored', 'excluded');

alter table wcs.directory add column words tsvector;
update wcs.directory set words = strip(to_tsvector('simple', name));
create index directory_by_words on wcs.directory using gin (words);

-- When a source last gave something, and a destination last took something.
create index events_of_source on wcs.events (source, id);
create index receipts_of_destination on wcs.receipts (destination, id);
`;
