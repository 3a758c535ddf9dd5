import { Button, Group, NativeSelect, Stack, Text, TextInput, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Link, useSearchParams } from 'wouter';
import { get } from '../api.ts';
import { timeText } from '../format.ts';
import { Answered, Day, Nothing, PageTitle, StateBadge } from '../parts.tsx';
import { useMe } from '../session.ts';
import { t } from '../texts.ts';
import type { Chat, Page, Status, View } from '../types.ts';
import { ChatPane } from './chat.tsx';
import { nameOf, snippetOf, worstState } from './message.ts';

const names = ['who', 'text', 'businessNumber', 'destination', 'state', 'from', 'to'] as const;
type Filter = Partial<Record<(typeof names)[number], string>>;

/** Search on the left, the chat in the middle, what the CRM has of it on the right. */
export function ConversationsPage({ chosen }: { chosen: string | undefined }) {
  const [search, setSearch] = useSearchParams();
  const [typed, setTyped] = useState<Filter>(() => read(search));
  const [filter] = useDebouncedValue(typed, 250);
  const query = written(filter);
  const shown = written(read(search));
  useEffect(() => {
    if (shown !== query) setSearch(new URLSearchParams(query), { replace: true });
  }, [query, shown, setSearch]);
  return (
    <>
      <PageTitle title={t.chats.title} />
      <Filters
        className={chosen === undefined ? '' : 'hide-small'}
        filter={typed}
        change={(more) => setTyped((before) => ({ ...before, ...more }))}
      />
      <div className={`chats ${chosen === undefined ? 'two' : 'has-chat'}`}>
        <div className="pane list">
          <div className="scroll" tabIndex={0} role="region" aria-label={t.chats.list}>
            {filter.text ? (
              <Hits filter={filter} query={query} chosen={chosen} />
            ) : (
              <Chats filter={filter} query={query} chosen={chosen} />
            )}
          </div>
        </div>
        {chosen === undefined ? (
          <div className="pane chat">
            <Nothing>{t.chats.choose}</Nothing>
          </div>
        ) : (
          <ChatPane
            key={`${chosen} ${filter.text === undefined ? '' : (search.get('at') ?? '')}`}
            id={chosen}
            query={query}
          />
        )}
      </div>
    </>
  );
}

function read(search: URLSearchParams): Filter {
  return Object.fromEntries(
    names.flatMap((name) => (search.get(name) === null ? [] : [[name, search.get(name) ?? '']])),
  );
}

/** As it stands in the page's address, always in the same order. */
function written(filter: Filter): string {
  const given = names.flatMap((name): [string, string][] => (filter[name] ? [[name, filter[name]]] : []));
  return new URLSearchParams(given).toString();
}

function Filters({
  className,
  filter,
  change,
}: {
  className: string;
  filter: Filter;
  change(more: Filter): void;
}) {
  const me = useMe();
  const { data: status } = useQuery({ queryKey: ['status'], queryFn: () => get<Status>('/api/status') });
  const numbers = [
    ...new Set(
      status?.sources.flatMap(({ businessNumbers }) => (businessNumbers === 'all' ? [] : businessNumbers)),
    ),
  ];
  const any = { value: '', label: t.all };
  const isEncrypted = status?.isEncrypted === true;
  const states = ['delivered', 'parked', 'failed', 'ready', 'ignored', 'excluded'];
  return (
    <Group component="search" className={className} align="flex-end" gap="sm" mb="md" wrap="wrap">
      <TextInput
        label={t.chats.who}
        placeholder={t.chats.whoHint}
        value={filter.who ?? ''}
        onChange={(event) => change({ who: event.currentTarget.value })}
      />
      {me.mayRead && (
        <TextInput
          label={t.chats.text}
          placeholder={isEncrypted ? '' : t.chats.textHint}
          value={isEncrypted ? '' : (filter.text ?? '')}
          disabled={isEncrypted}
          description={isEncrypted ? t.chats.noText : undefined}
          onChange={(event) => change({ text: event.currentTarget.value })}
        />
      )}
      <NativeSelect
        label={t.chats.number}
        value={filter.businessNumber ?? ''}
        data={[any, ...numbers]}
        onChange={(event) => change({ businessNumber: event.currentTarget.value })}
      />
      <NativeSelect
        label={t.chats.state}
        value={filter.state ?? ''}
        data={[any, ...states.map((value) => ({ value, label: t.states[value] ?? value }))]}
        onChange={(event) => change({ state: event.currentTarget.value })}
      />
      <NativeSelect
        label={t.chats.destination}
        value={filter.destination ?? ''}
        data={[any, ...(status?.destinations.map(({ destination }) => destination) ?? [])]}
        onChange={(event) => change({ destination: event.currentTarget.value })}
      />
      <Day label={t.from} value={filter.from ?? ''} onChange={(from) => change({ from })} />
      <Day label={t.to} value={filter.to ?? ''} onChange={(to) => change({ to })} />
    </Group>
  );
}

interface ListProps {
  filter: Filter;
  query: string;
  chosen: string | undefined;
}

function Chats({ filter: { text: _text, ...filter }, query, chosen }: ListProps) {
  const chats = useInfiniteQuery({
    queryKey: ['chats', filter],
    queryFn: ({ pageParam, signal }) =>
      get<Page<Chat>>('/api/conversations', { ...filter, limit: 30, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.cursor,
    placeholderData: keepPreviousData,
    refetchInterval: 5_000,
  });
  return (
    <Answered query={chats}>
      {({ pages }) => {
        const items = pages.flatMap((page) => page.items);
        if (items.length === 0) return <Nothing>{t.chats.none}</Nothing>;
        return (
          <>
            {items.map((chat) => (
              <ChatLink key={chat.id} chat={chat} query={query} isChosen={chat.id === chosen} />
            ))}
            <More query={chats} />
          </>
        );
      }}
    </Answered>
  );
}

function ChatLink({ chat, query, isChosen }: { chat: Chat; query: string; isChosen: boolean }) {
  const state = worstState(chat.last.activities);
  return (
    <Link
      href={`/conversations/${chat.id}${query === '' ? '' : `?${query}`}`}
      className="chat-link"
      {...(isChosen && { 'aria-current': 'true' as const })}
    >
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <Text fw={600} truncate>
          {nameOf(chat)}
        </Text>
        <Text size="xs" c="dimmed" className="numbers">
          {timeText(chat.lastAt).slice(5)}
        </Text>
      </Group>
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <Text size="sm" c="dimmed" truncate>
          {snippetOf(chat.last)}
        </Text>
        {state !== undefined && state !== 'delivered' && <StateBadge state={state} />}
      </Group>
    </Link>
  );
}

/** Messages in which the words stand. */
function Hits({ filter: { who: _who, ...filter }, query, chosen }: ListProps) {
  const hits = useInfiniteQuery({
    queryKey: ['hits', filter],
    queryFn: ({ pageParam, signal }) =>
      get<Page<View>>('/api/interactions', { ...filter, limit: 30, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.cursor,
    placeholderData: keepPreviousData,
  });
  return (
    <Answered query={hits}>
      {({ pages }) => {
        const items = pages.flatMap((page) => page.items);
        return (
          <>
            <Title order={2} size="h6" p="xs">
              {t.chats.hits}
            </Title>
            {items.length === 0 && <Nothing>{t.chats.noHits}</Nothing>}
            {items.map((view) => (
              <Link
                key={view.interaction.key}
                className="chat-link"
                href={`/conversations/${view.conversation}?${query}&at=${view.interaction.key}&day=${view.interaction.occurredAt.slice(0, 10)}`}
                {...(view.conversation === chosen && { 'aria-current': 'true' as const })}
              >
                <Stack gap={2}>
                  <Text size="xs" c="dimmed">
                    {nameOf({ ...view, contacts: [] })} · {timeText(view.interaction.occurredAt)}
                  </Text>
                  <Text size="sm" lineClamp={2}>
                    {snippetOf(view)}
                  </Text>
                </Stack>
              </Link>
            ))}
            <More query={hits} />
          </>
        );
      }}
    </Answered>
  );
}

export function More({
  query,
}: {
  query: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage(): unknown };
}) {
  if (!query.hasNextPage) return null;
  return (
    <Group justify="center" p="sm">
      <Button
        variant="default"
        size="xs"
        loading={query.isFetchingNextPage}
        onClick={() => void query.fetchNextPage()}
      >
        {t.more}
      </Button>
    </Group>
  );
}
