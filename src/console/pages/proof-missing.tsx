import { Group, Table, Text } from '@mantine/core';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { get } from '../api.ts';
import { dayBefore } from '../format.ts';
import { Answered, Day } from '../parts.tsx';
import { Columns, Section } from '../tables.tsx';
import { t } from '../texts.ts';
import type { MissingItem, Page } from '../types.ts';
import { More } from './conversations.tsx';
import { OpenChat } from './open-chat.tsx';

/** Messages without their content, unknown shapes and files that could not be had, by id. */
export function Missing() {
  const [from, setFrom] = useState(dayBefore(29));
  const [to, setTo] = useState(dayBefore(0));
  const missing = useInfiniteQuery({
    queryKey: ['missing', from, to],
    queryFn: ({ pageParam }) =>
      get<Page<MissingItem>>('/api/report/missing', { from, to, limit: 50, cursor: pageParam }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.cursor,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
  const days = (
    <Group align="flex-end" gap="xs">
      <Day label={t.from} value={from} onChange={setFrom} />
      <Day label={t.to} value={to} onChange={setTo} />
    </Group>
  );
  return (
    <Section title={t.missing.title} intro={t.missing.intro} action={days}>
      <Answered query={missing}>
        {({ pages }) => {
          const items = pages.flatMap((page) => page.items);
          if (items.length === 0) return <Text c="dimmed">{t.missing.none}</Text>;
          return (
            <>
              <Columns
                label={t.missing.title}
                heads={[t.missing.what, t.reports.day, t.columns.number, t.columns.source, t.missing.id]}
              >
                {items.map((item) => (
                  <Row key={`${item.what} ${item.id} ${item.file?.id}`} item={item} />
                ))}
              </Columns>
              <More query={missing} />
            </>
          );
        }}
      </Answered>
    </Section>
  );
}

function Row({ item: { what, id, messageId, source, businessNumber, day, file } }: { item: MissingItem }) {
  return (
    <Table.Tr>
      <Table.Td>
        {t.missing.kinds[what]}
        {file !== undefined && (
          <Text size="sm" c="dimmed">
            {file.code}
          </Text>
        )}
      </Table.Td>
      <Table.Td className="day-cell">{day}</Table.Td>
      <Table.Td className="day-cell">
        {businessNumber === '' ? t.overview.notConfigured : businessNumber}
      </Table.Td>
      <Table.Td>{source}</Table.Td>
      <Table.Td>
        <span className="code">{messageId ?? id}</span>{' '}
        {what !== 'unrecognised' && <OpenChat id={id} label={t.missing.openChat} />}
        {file !== undefined && (
          <Text size="sm" c="dimmed" className="code">
            {file.id}
          </Text>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
