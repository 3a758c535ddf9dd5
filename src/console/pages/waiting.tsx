import { Anchor, Button, Card, Checkbox, Group, Stack, Table, Text } from '@mantine/core';
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { get } from '../api.ts';
import { agoText, countText, timeText } from '../format.ts';
import { Answered, Nothing, PageTitle } from '../parts.tsx';
import { useMe } from '../session.ts';
import { t } from '../texts.ts';
import type { Page, WaitingGroup, WaitingPerson } from '../types.ts';
import { More } from './conversations.tsx';
import { snippetOf } from './message.ts';
import { Decisions } from './decisions.tsx';

const live = 5_000;
const nameOfGroup = ({ destination, cause }: { destination: string; cause: string }) =>
  `${destination} ${cause}`;

/** What waits for a person, by cause, and what can be done about it. */
export function WaitingPage({ state }: { state: 'parked' | 'failed' }) {
  const [chosen, setChosen] = useState<string>();
  const groups = useQuery({
    queryKey: ['waiting', state],
    queryFn: () => get<Page<WaitingGroup>>('/api/waiting', { state }),
    refetchInterval: live,
  });
  return (
    <>
      <PageTitle
        title={t.waiting[state]}
        intro={state === 'parked' ? t.waiting.parkedIntro : t.waiting.failedIntro}
      />
      <Answered query={groups}>
        {({ items }) => {
          const group = items.find((one) => nameOfGroup(one) === chosen) ?? items[0];
          if (group === undefined)
            return <Nothing>{state === 'parked' ? t.waiting.noneParked : t.waiting.noneFailed}</Nothing>;
          return (
            <Stack>
              <div role="group" aria-label={t.waiting.groups}>
                <Stack gap="xs">
                  {items.map((one) => (
                    <GroupCard
                      key={nameOfGroup(one)}
                      group={one}
                      isChosen={one === group}
                      choose={() => setChosen(nameOfGroup(one))}
                    />
                  ))}
                </Stack>
              </div>
              <People key={nameOfGroup(group)} state={state} group={group} />
            </Stack>
          );
        }}
      </Answered>
    </>
  );
}

function GroupCard({ group, isChosen, choose }: { group: WaitingGroup; isChosen: boolean; choose(): void }) {
  const { destination, count, people, since, text, help } = group;
  return (
    <Card withBorder padding="sm" className={isChosen ? 'chosen' : ''}>
      <Group justify="space-between" wrap="wrap" align="flex-start">
        <div className="grow">
          <Text fw={600}>
            {text}{' '}
            <Text span c="dimmed" fw={400}>
              {destination}
            </Text>
          </Text>
          {help !== undefined && (
            <Text size="sm">
              <b>{t.waiting.whatToDo}</b> {help}
            </Text>
          )}
          <Text size="sm" c="dimmed">
            {t.waiting.count(count, people)} · {agoText(since)}
          </Text>
        </div>
        <Button variant={isChosen ? 'filled' : 'default'} size="xs" aria-pressed={isChosen} onClick={choose}>
          {countText(count)}
        </Button>
      </Group>
    </Card>
  );
}

function People({ state, group }: { state: 'parked' | 'failed'; group: WaitingGroup }) {
  const me = useMe();
  const { destination, cause } = group;
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const people = useInfiniteQuery({
    queryKey: ['people', state, destination, cause],
    queryFn: ({ pageParam }) =>
      get<Page<WaitingPerson>>('/api/waiting/people', {
        state,
        destination,
        cause,
        limit: 50,
        cursor: pageParam,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.cursor,
    placeholderData: keepPreviousData,
    refetchInterval: live,
  });
  const toggle = (id: string) =>
    setSelected((before) => {
      const after = new Set(before);
      if (!after.delete(id)) after.add(id);
      return after;
    });
  return (
    <Answered query={people}>
      {({ pages }) => {
        const items = pages.flatMap((page) => page.items);
        const chosen = items.filter(({ conversation }) => selected.has(conversation));
        const isAll = items.length > 0 && chosen.length === items.length;
        return (
          <Card withBorder padding={0} component="section" aria-label={t.waiting.people}>
            {me.isAdmin ? (
              <Decisions state={state} group={group} chosen={chosen} done={() => setSelected(new Set())} />
            ) : (
              <Text c="dimmed" p="sm">
                {t.waiting.readOnly}
              </Text>
            )}
            <Table.ScrollContainer
              minWidth={620}
              scrollAreaProps={{
                viewportProps: { tabIndex: 0, 'aria-label': t.waiting.people, role: 'group' },
              }}
            >
              <Table verticalSpacing="xs">
                <Table.Thead>
                  <Table.Tr>
                    {me.isAdmin && (
                      <Table.Th w={40}>
                        <Checkbox
                          aria-label={t.waiting.selectAll}
                          checked={isAll}
                          indeterminate={chosen.length > 0 && !isAll}
                          onChange={() =>
                            setSelected(isAll ? new Set() : new Set(items.map((one) => one.conversation)))
                          }
                        />
                      </Table.Th>
                    )}
                    <Table.Th scope="col">{t.waiting.people}</Table.Th>
                    <Table.Th scope="col">{t.waiting.newest}</Table.Th>
                    <Table.Th scope="col">{t.columns.number}</Table.Th>
                    <Table.Th scope="col" className="count">
                      #
                    </Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {items.map((one) => (
                    <PersonRow
                      key={one.conversation}
                      person={one}
                      isAdmin={me.isAdmin}
                      isSelected={selected.has(one.conversation)}
                      toggle={() => toggle(one.conversation)}
                    />
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
            <More query={people} />
          </Card>
        );
      }}
    </Answered>
  );
}

function PersonRow({
  person,
  isAdmin,
  isSelected,
  toggle,
}: {
  person: WaitingPerson;
  isAdmin: boolean;
  isSelected: boolean;
  toggle(): void;
}) {
  const { conversation, name, phone, count, lastAt, businessNumber, newest } = person;
  const reason = newest.activities.find(({ destination }) => destination === person.destination)?.reason;
  return (
    <Table.Tr {...(isSelected && { bg: 'var(--mantine-color-default-hover)' })}>
      {isAdmin && (
        <Table.Td>
          <Checkbox aria-label={t.waiting.select(name)} checked={isSelected} onChange={toggle} />
        </Table.Td>
      )}
      <Table.Td>
        <Anchor component={Link} href={`/conversations/${conversation}`} title={t.waiting.openChat}>
          {name}
        </Anchor>
        {phone !== undefined && phone !== name && (
          <Text size="sm" c="dimmed">
            {phone}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <Text size="sm" lineClamp={2}>
          {snippetOf(newest)}
        </Text>
        <Text size="xs" c="dimmed">
          {timeText(lastAt)} {reason !== undefined && reason !== person.cause && `· ${reason}`}
        </Text>
      </Table.Td>
      <Table.Td>{businessNumber}</Table.Td>
      <Table.Td className="count">{countText(count)}</Table.Td>
    </Table.Tr>
  );
}
