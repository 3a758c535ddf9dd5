import { Anchor, Button, Group, Text, Title } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { Link, useSearchParams } from 'wouter';
import { get } from '../api.ts';
import { dayText } from '../format.ts';
import { Answered, Nothing } from '../parts.tsx';
import { t } from '../texts.ts';
import type { Chat, Page, View } from '../types.ts';
import { Bubble } from './bubble.tsx';
import { Details } from './details.tsx';
import { nameOf } from './message.ts';

/** One chat as people know it, and beside it what the CRM has. */
export function ChatPane({ id, query }: { id: string; query: string }) {
  const [search] = useSearchParams();
  const [chosen, setChosen] = useState<string | undefined>(search.get('at') ?? undefined);
  const chat = useQuery({ queryKey: ['chat', id], queryFn: () => get<Chat>(`/api/conversations/${id}`) });
  return (
    <>
      <section className="pane chat" aria-label={t.chats.chat}>
        <Answered query={chat}>
          {(one) => (
            <>
              <Group p="sm" justify="space-between" wrap="wrap">
                <div>
                  <Title order={2} size="h4">
                    {nameOf(one)}
                  </Title>
                  <Text size="sm" c="dimmed">
                    {[one.phone, one.userId].filter(Boolean).join(' · ')} {t.chats.with(one.businessNumber)}
                  </Text>
                </div>
                <Anchor
                  component={Link}
                  href={`/conversations${query === '' ? '' : `?${query}`}`}
                  hiddenFrom="sm"
                >
                  {t.chats.back}
                </Anchor>
              </Group>
              <Messages id={id} until={search.get('day') ?? undefined} chosen={chosen} choose={setChosen} />
            </>
          )}
        </Answered>
      </section>
      <section className="pane details" aria-label={t.chats.details}>
        {chat.data && <Details chat={chat.data} chosen={chosen} />}
      </section>
    </>
  );
}

/** Newest at the bottom; older ones are loaded at the top. `until`: the last day to be shown at first. */
function Messages({
  id,
  until,
  chosen,
  choose,
}: {
  id: string;
  until: string | undefined;
  chosen: string | undefined;
  choose(key: string): void;
}) {
  const [to, setTo] = useState(until);
  const messages = useInfiniteQuery({
    queryKey: ['messages', id, to],
    queryFn: ({ pageParam }) =>
      get<Page<View>>('/api/interactions', { conversation: id, to, limit: 50, cursor: pageParam }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.cursor,
    refetchInterval: 5_000,
  });
  const place = useRef<HTMLDivElement>(null);
  const isThere = messages.data !== undefined;
  useEffect(() => {
    const marked = place.current?.querySelector('[data-at="true"]');
    if (marked) marked.scrollIntoView({ block: 'center' });
    else if (place.current) place.current.scrollTop = place.current.scrollHeight;
  }, [isThere]);
  return (
    <div className="scroll" ref={place} tabIndex={0} role="group" aria-label={t.chats.messages}>
      <Answered query={messages}>
        {({ pages }) => {
          const views = pages.flatMap((page) => page.items).toReversed();
          if (views.length === 0) return <Nothing>{t.chats.empty}</Nothing>;
          return (
            <div className="messages">
              {messages.hasNextPage && (
                <Button
                  variant="default"
                  size="xs"
                  mx="auto"
                  loading={messages.isFetchingNextPage}
                  onClick={() => void messages.fetchNextPage()}
                >
                  {t.chats.earlier}
                </Button>
              )}
              {views.map((view, at) => {
                const { key, occurredAt } = view.interaction;
                const before = views[at - 1]?.interaction.occurredAt.slice(0, 10);
                return (
                  <div key={key} className="row" data-at={key === chosen}>
                    {before !== occurredAt.slice(0, 10) && <div className="day">{dayText(occurredAt)}</div>}
                    <Bubble view={view} isChosen={key === chosen} choose={() => choose(key)} />
                  </div>
                );
              })}
              {to !== undefined && (
                <Button variant="default" size="xs" mx="auto" onClick={() => setTo(undefined)}>
                  {t.chats.newer}
                </Button>
              )}
            </div>
          );
        }}
      </Answered>
    </div>
  );
}
