import { Button, Checkbox, Group, Table, Text } from '@mantine/core';
import { keepPreviousData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { change, get } from '../api.ts';
import { timeText } from '../format.ts';
import { Answered, Nothing, PageTitle, StateBadge } from '../parts.tsx';
import { useMe } from '../session.ts';
import { Columns } from '../tables.tsx';
import { t } from '../texts.ts';
import type { Page, Quarantined } from '../types.ts';
import { later, say } from '../undo.tsx';
import { More } from './conversations.tsx';
import { QuarantineDialog } from './quarantine-dialog.tsx';

/** What came and names no number of the firm. */
export function QuarantinePage() {
  const me = useMe();
  return (
    <>
      <PageTitle title={t.quarantine.title} intro={t.quarantine.intro} />
      {me.mayRead ? <Items /> : <Text c="dimmed">{t.proof.needs}</Text>}
    </>
  );
}

function Items() {
  const client = useQueryClient();
  const [isAll, setAll] = useState(false);
  const [selected, setSelected] = useState<ReadonlySet<number>>(new Set());
  const [opened, setOpened] = useState<Quarantined>();
  const list = useInfiniteQuery({
    queryKey: ['quarantine', isAll],
    queryFn: ({ pageParam }) =>
      get<Page<Quarantined>>('/api/quarantine', {
        state: isAll ? undefined : 'waiting',
        limit: 50,
        cursor: pageParam,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.cursor,
    placeholderData: keepPreviousData,
    refetchInterval: 15_000,
  });
  const refresh = async () => {
    setSelected(new Set());
    await Promise.all([
      client.invalidateQueries({ queryKey: ['quarantine'] }),
      client.invalidateQueries({ queryKey: ['status'] }),
    ]);
  };
  const discard = (ids: readonly number[]) => {
    setOpened(undefined);
    later(t.quarantine.discarding(ids.length), async (isLeaving) => {
      const { changed } = await change<{ changed: number }>(
        'POST',
        '/api/quarantine/discard',
        { ids },
        isLeaving,
      );
      say(t.quarantine.discarded(changed));
      await refresh();
    });
  };
  const toggle = (id: number) =>
    setSelected((before) => {
      const after = new Set(before);
      if (!after.delete(id)) after.add(id);
      return after;
    });
  return (
    <Answered query={list}>
      {({ pages }) => {
        const items = pages.flatMap((page) => page.items);
        const chosen = items.filter(({ id, state }) => state === 'waiting' && selected.has(id));
        return (
          <>
            <Group mb="md">
              <Checkbox label={t.quarantine.waitingOnly} checked={isAll} onChange={() => setAll(!isAll)} />
              <Text size="sm" fw={600} aria-live="polite">
                {t.waiting.selected(chosen.length)}
              </Text>
              <Button
                size="xs"
                variant="default"
                disabled={chosen.length === 0}
                onClick={() => discard(chosen.map(({ id }) => id))}
              >
                {t.quarantine.discard}
              </Button>
            </Group>
            {items.length === 0 ? (
              <Nothing>{isAll ? t.quarantine.noneAtAll : t.quarantine.none}</Nothing>
            ) : (
              <Columns
                label={t.quarantine.title}
                heads={[
                  t.quarantine.choose,
                  t.quarantine.received,
                  t.columns.source,
                  t.quarantine.state,
                  t.quarantine.decided,
                  t.quarantine.open,
                ]}
              >
                {items.map((item) => (
                  <Row
                    key={item.id}
                    item={item}
                    isSelected={selected.has(item.id)}
                    toggle={() => toggle(item.id)}
                    open={() => setOpened(item)}
                  />
                ))}
              </Columns>
            )}
            <More query={list} />
            <QuarantineDialog
              item={opened}
              close={() => setOpened(undefined)}
              discard={(id) => discard([id])}
              done={refresh}
            />
          </>
        );
      }}
    </Answered>
  );
}

function Row({
  item,
  isSelected,
  toggle,
  open,
}: {
  item: Quarantined;
  isSelected: boolean;
  toggle(): void;
  open(): void;
}) {
  const { id, source, receivedAt, state, decidedAt, decidedBy } = item;
  const isWaiting = state === 'waiting';
  return (
    <Table.Tr>
      <Table.Td>
        {isWaiting && (
          <Checkbox aria-label={t.quarantine.select(id)} checked={isSelected} onChange={toggle} />
        )}
      </Table.Td>
      <Table.Td className="day-cell">{timeText(receivedAt)}</Table.Td>
      <Table.Td>{source}</Table.Td>
      <Table.Td>
        <StateBadge state={isWaiting ? 'waiting' : 'ignored'} text={t.quarantine.states[state] ?? state} />
      </Table.Td>
      <Table.Td>{decidedAt !== undefined && t.retention.byAt(decidedBy ?? '', timeText(decidedAt))}</Table.Td>
      <Table.Td>
        {isWaiting && (
          <Button size="xs" variant="default" aria-label={t.quarantine.openOf(id)} onClick={open}>
            {t.quarantine.open}
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
