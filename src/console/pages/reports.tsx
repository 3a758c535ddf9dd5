import { Anchor, Button, Group, Table, Text } from '@mantine/core';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { findingsOf, type DailyReport } from '../../core/daily-report.ts';
import { change, get } from '../api.ts';
import { countText, dayBefore } from '../format.ts';
import { Answered, Day, StateBadge, Trouble } from '../parts.tsx';
import { useMe } from '../session.ts';
import { Columns, Section } from '../tables.tsx';
import { t } from '../texts.ts';
import type { Daily } from '../types.ts';
import { say } from '../undo.tsx';
import { More } from './conversations.tsx';

const pageSize = 14;

/** The daily reports, the newest first. */
export function Reports() {
  const reports = useInfiniteQuery({
    queryKey: ['dailies'],
    queryFn: ({ pageParam }) =>
      get<{ items: Daily[] }>('/api/reports/daily', { before: pageParam, limit: pageSize }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ items }) => (items.length < pageSize ? undefined : items.at(-1)?.day),
    staleTime: 60_000,
  });
  return (
    <Section title={t.reports.title} intro={t.reports.intro} action={<Make />}>
      <Answered query={reports}>
        {({ pages }) => {
          const items = pages.flatMap((page) => page.items);
          if (items.length === 0) return <Text c="dimmed">{t.reports.none}</Text>;
          return (
            <>
              <Columns
                label={t.reports.title}
                heads={[t.reports.day, `#${t.reports.received}`, t.reports.findings, t.reports.sent]}
                minWidth={520}
              >
                {items.map((one) => (
                  <Row key={one.day} daily={one} />
                ))}
              </Columns>
              <More query={reports} />
            </>
          );
        }}
      </Answered>
    </Section>
  );
}

/** What somebody should look at, in the words that the report itself has. */
export function findingsIn({ report }: Daily): string[] {
  return findingsOf(report as unknown as DailyReport);
}

function Row({ daily }: { daily: Daily }) {
  const count = findingsIn(daily).length;
  return (
    <Table.Tr>
      <Table.Td className="day-cell">
        <Anchor
          component={Link}
          size="sm"
          href={`/proof/reports/${daily.day}`}
          aria-label={t.reports.open(daily.day)}
        >
          {daily.day}
        </Anchor>
      </Table.Td>
      <Table.Td className="count">{countText(daily.report.totals.received)}</Table.Td>
      <Table.Td>
        {count === 0 ? t.reports.nothing : <StateBadge state="parked" text={t.reports.things(count)} />}
      </Table.Td>
      <Table.Td>
        <Sends daily={daily} />
      </Table.Td>
    </Table.Tr>
  );
}

/** To whom a report went, and why not yet. */
export function Sends({ daily: { sends } }: { daily: Daily }) {
  if (sends.length === 0)
    return (
      <Text span size="sm" c="dimmed">
        {t.reports.nobody}
      </Text>
    );
  return sends.map(({ recipient, state, error }) => (
    <Text key={recipient} size="sm">
      {recipient}{' '}
      {state === 'waiting' && (
        <StateBadge
          state={error === undefined ? 'waiting' : 'failed'}
          text={error === undefined ? t.reports.waits : t.reports.notSent(error)}
        />
      )}
    </Text>
  ));
}

/** Makes the report of a day that has none. */
function Make() {
  const me = useMe();
  const client = useQueryClient();
  const [day, setDay] = useState(dayBefore(1));
  const [error, setError] = useState<Error>();
  const [isBusy, setBusy] = useState(false);
  if (!me.mayRead) return null;
  const make = async () => {
    setBusy(true);
    try {
      await change('POST', `/api/reports/daily/${day}`);
      setError(undefined);
      say(t.reports.made(day));
      await client.invalidateQueries({ queryKey: ['dailies'] });
    } catch (problem) {
      setError(problem as Error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div>
      <Group align="flex-end" gap="xs">
        <Day label={t.reports.make} value={day} onChange={setDay} />
        <Button variant="default" loading={isBusy} disabled={day === ''} onClick={() => void make()}>
          {t.reports.makeButton}
        </Button>
      </Group>
      {error !== undefined && <Trouble error={error} />}
    </div>
  );
}
