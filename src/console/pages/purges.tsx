import { Button, Modal, Table, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { get } from '../api.ts';
import { countText, timeText } from '../format.ts';
import { Answered } from '../parts.tsx';
import { Columns, Section } from '../tables.tsx';
import { t } from '../texts.ts';
import type { Page, Purge, Tombstone } from '../types.ts';
import { More } from './conversations.tsx';

/** What was destroyed by which rule, and what is left of it. */
export function Purges() {
  const [opened, setOpened] = useState<Purge>();
  const purges = usePages<Purge>('/api/retention/purges');
  const { when, who, rule, interactions, events, files, tombstones } = t.retention;
  return (
    <Section title={t.retention.history}>
      <Answered query={purges}>
        {({ pages }) => {
          const items = pages.flatMap((page) => page.items);
          if (items.length === 0) return <Text c="dimmed">{t.retention.noHistory}</Text>;
          return (
            <>
              <Columns
                label={t.retention.history}
                heads={[when, who, rule, `#${interactions}`, `#${events}`, `#${files}`, tombstones]}
              >
                {items.map((purge) => (
                  <Row key={purge.id} purge={purge} open={() => setOpened(purge)} />
                ))}
              </Columns>
              <More query={purges} />
            </>
          );
        }}
      </Answered>
      <Modal
        opened={opened !== undefined}
        onClose={() => setOpened(undefined)}
        size="xl"
        title={opened && t.retention.tombstonesOf(opened.rule, timeText(opened.at))}
      >
        {opened && <Tombstones purge={opened.id} />}
      </Modal>
    </Section>
  );
}

function usePages<T>(path: string) {
  return useInfiniteQuery({
    queryKey: ['purges', path],
    queryFn: ({ pageParam }) => get<Page<T>>(path, { limit: 50, cursor: pageParam }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.cursor,
  });
}

function Row({ purge, open }: { purge: Purge; open(): void }) {
  const { at, actor, rule, interactions, events, files } = purge;
  return (
    <Table.Tr>
      <Table.Td className="day-cell">{timeText(at)}</Table.Td>
      <Table.Td>{actor}</Table.Td>
      <Table.Td>{rule}</Table.Td>
      {[interactions, events, files].map((count, place) => (
        <Table.Td key={place} className={`count ${count === 0 ? 'zero' : ''}`}>
          {countText(count)}
        </Table.Td>
      ))}
      <Table.Td>
        <Button
          size="xs"
          variant="default"
          aria-label={t.retention.tombstonesOf(rule, timeText(at))}
          onClick={open}
        >
          {t.retention.tombstones}
        </Button>
      </Table.Td>
    </Table.Tr>
  );
}

function Tombstones({ purge }: { purge: number }) {
  const left = usePages<Tombstone>(`/api/retention/purges/${purge}`);
  return (
    <Answered query={left}>
      {({ pages }) => {
        const items = pages.flatMap((page) => page.items);
        if (items.length === 0) return <Text c="dimmed">{t.retention.noTombstones}</Text>;
        return (
          <>
            <Columns
              label={t.retention.tombstones}
              heads={[t.retention.when, t.proof.finding, t.columns.number, t.columns.source, t.retention.key]}
            >
              {items.map(({ key, kind, source, businessNumber, occurredAt }) => (
                <Table.Tr key={key}>
                  <Table.Td className="day-cell">{timeText(occurredAt)}</Table.Td>
                  <Table.Td>{t.retention.kinds[kind]}</Table.Td>
                  <Table.Td className="day-cell">{businessNumber}</Table.Td>
                  <Table.Td>{source}</Table.Td>
                  <Table.Td className="code">{key}</Table.Td>
                </Table.Tr>
              ))}
            </Columns>
            <More query={left} />
          </>
        );
      }}
    </Answered>
  );
}
