import { Anchor, Group, Text, Title } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useSearchParams } from 'wouter';
import { get } from '../api.ts';
import { Answered } from '../parts.tsx';
import { t } from '../texts.ts';
import type { Chat, Page, View } from '../types.ts';
import { Details } from './details.tsx';
import { nameOf } from './message.ts';
import { MessageList } from './message-list.tsx';

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
  return (
    <MessageList
      query={messages}
      chosen={chosen}
      choose={choose}
      fileUrl={fileUrl}
      newer={to === undefined ? undefined : () => setTo(undefined)}
    />
  );
}

const fileUrl = (key: string, sha256: string) => `/api/interactions/${key}/files/${sha256}`;
