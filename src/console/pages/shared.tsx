import { Container, Text, Title } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { get } from '../api.ts';
import { Answered } from '../parts.tsx';
import { t } from '../texts.ts';
import type { Page, View } from '../types.ts';
import { MessageList } from './message-list.tsx';

interface SharedChat {
  name?: string;
  phone?: string;
  businessNumber: string;
  key: string;
}

/** One chat for whoever holds its link, to be read. */
export function SharedPage({ token }: { token: string }) {
  const chat = useQuery({
    queryKey: ['shared', token],
    queryFn: () => get<SharedChat>(`/api/shared/${token}`),
  });
  const messages = useInfiniteQuery({
    queryKey: ['shared-messages', token],
    queryFn: ({ pageParam }) =>
      get<Page<View>>(`/api/shared/${token}/interactions`, { limit: 50, cursor: pageParam }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.cursor,
    refetchInterval: 15_000,
    enabled: chat.data !== undefined,
  });
  return (
    <Container component="main" size="sm" py="md">
      <Answered query={chat}>
        {({ name, phone, businessNumber, key }) => (
          <>
            <Title order={1} size="h3">
              {name ?? phone}
            </Title>
            <Text c="dimmed" mb="md">
              {phone} {t.chats.with(businessNumber)} · {t.chats.shared}
            </Text>
            <div className="pane">
              <MessageList
                query={messages}
                chosen={key}
                fileUrl={(id, sha256) => `/api/shared/${token}/files/${id}/${sha256}`}
              />
            </div>
          </>
        )}
      </Answered>
    </Container>
  );
}
