import { Anchor, Group, NativeSelect, Table, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { get } from '../api.ts';
import { timeText } from '../format.ts';
import { Answered, Nothing, PageTitle } from '../parts.tsx';
import { t } from '../texts.ts';
import type { AuditEntry, Page } from '../types.ts';
import { More } from './conversations.tsx';

/** Who did what and looked at what. */
export function AuditPage() {
  const [action, setAction] = useState('');
  const [typed, setActor] = useState('');
  const [actor] = useDebouncedValue(typed.trim(), 300);
  const entries = useInfiniteQuery({
    queryKey: ['audit', action, actor],
    queryFn: ({ pageParam }) => get<Page<AuditEntry>>('/api/audit', { action, actor, cursor: pageParam }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.cursor,
    placeholderData: keepPreviousData,
    refetchInterval: 5_000,
  });
  return (
    <>
      <PageTitle title={t.audit.title} intro={t.audit.intro} />
      <Group mb="md" align="flex-end" component="search">
        <NativeSelect
          label={t.audit.action}
          value={action}
          onChange={(event) => setAction(event.currentTarget.value)}
          data={[
            { value: '', label: t.all },
            ...Object.entries(t.audit.actions).map(([value, label]) => ({ value, label })),
          ]}
        />
        <TextInput
          label={t.audit.actor}
          value={typed}
          onChange={(event) => setActor(event.currentTarget.value)}
        />
      </Group>
      <Answered query={entries}>
        {({ pages }) => {
          const items = pages.flatMap((page) => page.items);
          if (items.length === 0) return <Nothing>{t.audit.none}</Nothing>;
          return (
            <>
              <Table.ScrollContainer
                minWidth={620}
                scrollAreaProps={{
                  viewportProps: { tabIndex: 0, 'aria-label': t.audit.title, role: 'group' },
                }}
              >
                <Table>
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th>{t.audit.when}</Table.Th>
                      <Table.Th>{t.audit.who}</Table.Th>
                      <Table.Th>{t.audit.what}</Table.Th>
                      <Table.Th>{t.audit.where}</Table.Th>
                      <Table.Th>{t.audit.detail}</Table.Th>
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {items.map((entry) => (
                      <Entry key={entry.id} entry={entry} />
                    ))}
                  </Table.Tbody>
                </Table>
              </Table.ScrollContainer>
              <More query={entries} />
            </>
          );
        }}
      </Answered>
    </>
  );
}

function Entry({ entry: { at, actor, action, subject, detail } }: { entry: AuditEntry }) {
  const { keys: _keys, conversations: _conversations, ...rest } = detail;
  const chats = Array.isArray(detail['conversations']) ? detail['conversations'].length : undefined;
  const words = Object.entries({ ...rest, ...(chats !== undefined && { conversations: chats }) })
    .map(([name, value]) => `${name}: ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join(', ');
  return (
    <Table.Tr>
      <Table.Td className="numbers">{timeText(at)}</Table.Td>
      <Table.Td>{actor}</Table.Td>
      <Table.Td>{t.audit.actions[action] ?? action}</Table.Td>
      <Table.Td>
        {action === 'conversation.view' && subject !== '' ? (
          <Anchor component={Link} href={`/conversations/${subject}`}>
            {subject.slice(0, 8)}
          </Anchor>
        ) : (
          subject
        )}
      </Table.Td>
      <Table.Td>
        <Text size="sm" className="value">
          {words}
        </Text>
      </Table.Td>
    </Table.Tr>
  );
}
