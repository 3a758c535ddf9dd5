import { BarChart } from '@mantine/charts';
import {
  Alert,
  Anchor,
  Button,
  Card,
  Group,
  NativeSelect,
  SimpleGrid,
  Stack,
  Table,
  Text,
  Title,
} from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { address, get } from '../api.ts';
import { agoText, countText, dayBefore, spanText, timeText } from '../format.ts';
import { Answered, Nothing, PageTitle, StateBadge } from '../parts.tsx';
import { useMe } from '../session.ts';
import { t } from '../texts.ts';
import type { Report, ReportRow, Status } from '../types.ts';

const live = 5_000;

/** What came in, where it went, what is missing and what to do. */
export function OverviewPage() {
  const [days, setDays] = useState(14);
  const range = { from: dayBefore(days - 1), to: dayBefore(0) };
  const status = useQuery({
    queryKey: ['status'],
    queryFn: () => get<Status>('/api/status'),
    refetchInterval: live,
  });
  const report = useQuery({
    queryKey: ['report', range],
    queryFn: () => get<Report>('/api/report', range),
    refetchInterval: live,
    placeholderData: (before) => before,
  });
  return (
    <>
      <PageTitle title={t.overview.title}>
        <NativeSelect
          aria-label={t.overview.range}
          value={days}
          onChange={(event) => setDays(Number(event.currentTarget.value))}
          data={[1, 7, 14, 30, 90].map((count) => ({ value: String(count), label: t.overview.days(count) }))}
        />
      </PageTitle>
      <Stack gap="lg">
        <Answered query={status}>
          {(now) => (
            <>
              {report.data && <Headline status={now} report={report.data} />}
              <Alerts status={now} />
            </>
          )}
        </Answered>
        <Answered query={report}>{(counts) => <Counts report={counts} />}</Answered>
        <Answered query={status}>{(now) => <Health status={now} />}</Answered>
        {report.data && <ByNumber report={report.data} />}
      </Stack>
    </>
  );
}

function Headline({ status, report: { totals } }: { status: Status; report: Report }) {
  const stopped = status.destinations
    .filter(({ state }) => state === 'stopped')
    .map((one) => one.destination);
  const [color, text] =
    status.alerts.length > 0
      ? ['red', t.overview.sourceTrouble]
      : stopped.length > 0
        ? ['red', t.overview.stopped(stopped.join(', '))]
        : totals.failed > 0
          ? ['red', t.overview.failed(totals.failed)]
          : totals.parked > 0
            ? ['yellow', t.overview.parked(totals.parked)]
            : totals.pending > 0
              ? ['blue', t.overview.pending(totals.pending)]
              : ['teal', t.overview.good];
  return (
    <Alert color={color} variant="light" role="status">
      <Text fw={700} size="lg" c="var(--mantine-color-text)">
        {text}
      </Text>
    </Alert>
  );
}

function Alerts({ status }: { status: Status }) {
  const stopped = status.destinations.filter(({ state }) => state !== 'running');
  if (status.alerts.length + stopped.length === 0) return null;
  return (
    <Card withBorder component="section" aria-label={t.overview.alerts}>
      <Title order={2} size="h4" mb="xs">
        {t.overview.alerts}
      </Title>
      <Stack gap="xs">
        {status.alerts.map(({ source, subject, code, text, since }) => (
          <Text key={`${source} ${subject} ${code}`}>
            <b>{source}</b>: {text}{' '}
            <Text span c="dimmed" size="sm">
              {t.overview.since(timeText(since))} {t.utc} · {code}
            </Text>
          </Text>
        ))}
        {stopped.map(({ destination, state, reason, code, pausedUntil }) => (
          <Text key={destination}>
            <b>{destination}</b> <StateBadge state={state} text={t.destinationStates[state]} />{' '}
            {reason ?? code}{' '}
            {pausedUntil !== undefined && (
              <Text span c="dimmed" size="sm">
                {t.overview.goesOn(timeText(pausedUntil))} {t.utc}
              </Text>
            )}
          </Text>
        ))}
      </Stack>
    </Card>
  );
}

const parts = ['logged', 'pending', 'parked', 'excluded', 'ignored', 'failed'] as const;
const colors = {
  logged: 'teal.7',
  pending: 'blue.5',
  parked: 'yellow.6',
  excluded: 'gray.5',
  ignored: 'gray.4',
  failed: 'red.7',
};

/** The identity: what came in is the sum of all that became of it. */
function Counts({ report }: { report: Report }) {
  const { totals } = report;
  if (totals.received === 0) return <Nothing>{t.overview.nothing}</Nothing>;
  return (
    <Card withBorder component="section" aria-label={t.overview.identity}>
      <Title order={2} size="h4" mb="xs">
        {t.overview.identity}
      </Title>
      <Group gap="xs" align="baseline" wrap="wrap" data-testid="identity">
        <Tile label={t.columns.received} count={totals.received} />
        {parts.map((name, at) => (
          <Group key={name} gap="xs" align="baseline" wrap="nowrap">
            <Text size="xl" c="dimmed" aria-hidden>
              {at === 0 ? '=' : '+'}
            </Text>
            <Tile label={t.columns[name]} count={totals[name]} to={linkOf(name, report)} />
          </Group>
        ))}
      </Group>
      {totals.withoutContent > 0 && (
        <Text c="dimmed" size="sm" mt="xs">
          {t.overview.withoutContent(totals.withoutContent)}
        </Text>
      )}
      <Title order={3} size="h5" mt="md" mb="xs">
        {t.overview.chart}
      </Title>
      <div aria-hidden>
        <BarChart
          h={220}
          data={daysOf(report)}
          dataKey="day"
          type="stacked"
          withLegend
          legendProps={{ verticalAlign: 'bottom' }}
          barProps={{ isAnimationActive: false }}
          maxBarWidth={48}
          barChartProps={{ accessibilityLayer: false }}
          series={parts.map((name) => ({ name, label: t.columns[name], color: colors[name] }))}
        />
      </div>
    </Card>
  );
}

function linkOf(name: (typeof parts)[number], { from, to }: Report): string | undefined {
  if (name === 'parked' || name === 'failed') return `/waiting/${name}`;
  if (name === 'ignored' || name === 'excluded') return undefined;
  return `/conversations?${new URLSearchParams({ from, to, ...(name === 'logged' && { state: 'delivered' }) }).toString()}`;
}

function Tile({ label, count, to }: { label: string; count: number; to?: string | undefined }) {
  const number = (
    <Text span size="xl" fw={700} className={count === 0 ? 'zero' : ''}>
      {countText(count)}
    </Text>
  );
  return (
    <div>
      {to !== undefined && count > 0 ? (
        <Anchor component={Link} href={to} aria-label={`${label}: ${countText(count)}`}>
          {number}
        </Anchor>
      ) : (
        number
      )}
      <Text size="sm" c="dimmed">
        {label}
      </Text>
    </div>
  );
}

function daysOf({ rows, from, to }: Report): Record<string, string | number>[] {
  const days: Record<string, string | number>[] = [];
  for (let at = Date.parse(from); at <= Date.parse(to); at += 86_400_000) {
    const day = new Date(at).toISOString().slice(0, 10);
    const own = rows.filter((row) => row.day === day);
    const sum = (name: (typeof parts)[number]) => own.reduce((total, row) => total + row[name], 0);
    days.push({ day: day.slice(5), ...Object.fromEntries(parts.map((name) => [name, sum(name)])) });
  }
  return days;
}

function Health({ status }: { status: Status }) {
  const { backlog } = status;
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }}>
      <Card withBorder component="section" aria-label={t.overview.sources}>
        <Title order={2} size="h4" mb="xs">
          {t.overview.sources}
        </Title>
        <Stack gap="sm">
          {status.sources.map(({ id, kind, businessNumbers, lastEventAt, polledAt }) => (
            <div key={id}>
              <Text fw={600}>
                {id}{' '}
                <Text span c="dimmed" fw={400}>
                  {kind}
                </Text>
              </Text>
              <Facts
                facts={[
                  [t.overview.lastEvent, lastEventAt === undefined ? t.overview.never : agoText(lastEventAt)],
                  ...(polledAt === undefined ? [] : [[t.overview.lastPoll, agoText(polledAt)] as const]),
                  [t.columns.number, businessNumbers === 'all' ? t.all : businessNumbers.join(', ')],
                ]}
              />
            </div>
          ))}
          {backlog.inbox > 0 && <Text size="sm">{t.overview.inbox(backlog.inbox)}</Text>}
          {backlog.unrecognised > 0 && <Text size="sm">{t.overview.unrecognised(backlog.unrecognised)}</Text>}
        </Stack>
      </Card>
      <Card withBorder component="section" aria-label={t.overview.destinations}>
        <Title order={2} size="h4" mb="xs">
          {t.overview.destinations}
        </Title>
        <Stack gap="sm">
          {status.destinations.map((one) => (
            <Destination
              key={one.destination}
              one={one}
              age={
                backlog.destinations.find(({ destination }) => destination === one.destination)
                  ?.backlogAgeSeconds ?? 0
              }
            />
          ))}
        </Stack>
      </Card>
    </SimpleGrid>
  );
}

function Destination({ one, age }: { one: Status['destinations'][number]; age: number }) {
  const { destination, type, state, lastDeliveredAt, lagSeconds, directoryPulledAt, quota } = one;
  const calls =
    quota === undefined
      ? []
      : [
          [
            t.overview.calls,
            quota.allowed === undefined
              ? countText(quota.ours)
              : t.overview.quotaLeft(
                  countText(Math.max(0, quota.allowed - quota.ours)),
                  countText(quota.allowed),
                ),
          ] as const,
        ];
  return (
    <div>
      <Group gap="xs">
        <Text fw={600}>
          {destination}{' '}
          <Text span c="dimmed" fw={400}>
            {type}
          </Text>
        </Text>
        <StateBadge state={state} text={t.destinationStates[state]} />
      </Group>
      <Facts
        facts={[
          [
            t.overview.lastDelivery,
            lastDeliveredAt === undefined ? t.overview.never : agoText(lastDeliveredAt),
          ],
          [t.overview.backlog, age < 1 ? t.overview.none : spanText(age)],
          ...(lagSeconds === undefined
            ? []
            : [
                [
                  t.overview.lag,
                  t.overview.lagText(spanText(lagSeconds.median), spanText(lagSeconds.p95)),
                ] as const,
              ]),
          [
            t.overview.contacts,
            directoryPulledAt === undefined ? t.overview.never : agoText(directoryPulledAt),
          ],
          ...calls,
        ]}
      />
    </div>
  );
}

function Facts({ facts }: { facts: readonly (readonly [name: string, value: string])[] }) {
  return (
    <Text size="sm" c="dimmed">
      {facts.map(([name, value]) => `${name}: ${value}`).join(' · ')}
    </Text>
  );
}

function ByNumber({ report }: { report: Report }) {
  const me = useMe();
  const { from, to } = report;
  const rows = report.rows.toSorted(
    (a, b) => b.day.localeCompare(a.day) || a.businessNumber.localeCompare(b.businessNumber),
  );
  const names = ['received', ...parts] as const;
  return (
    <Card withBorder component="section" aria-label={t.overview.byNumber}>
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h4">
          {t.overview.byNumber}
        </Title>
        {me.mayRead ? (
          <Button
            component="a"
            variant="default"
            size="xs"
            href={address('/api/export/report.csv', { from, to })}
            download
          >
            {t.overview.export}
          </Button>
        ) : (
          <Text size="sm" c="dimmed">
            {t.overview.exportWhy}
          </Text>
        )}
      </Group>
      <Table.ScrollContainer
        minWidth={760}
        scrollAreaProps={{
          viewportProps: { tabIndex: 0, 'aria-label': t.overview.byNumber, role: 'group' },
        }}
      >
        <Table className="numbers" verticalSpacing={6}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">{t.columns.day}</Table.Th>
              <Table.Th scope="col">{t.columns.number}</Table.Th>
              <Table.Th scope="col">{t.columns.source}</Table.Th>
              {names.map((name) => (
                <Table.Th key={name} scope="col" className="count">
                  {t.columns[name]}
                </Table.Th>
              ))}
              <Table.Th scope="col">{t.overview.gaps}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row) => (
              <Row key={`${row.day} ${row.source} ${row.businessNumber}`} row={row} />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Card>
  );
}

const gapTones = { pending: 'blue', parked: 'yellow', failed: 'red' } as const;

function Row({ row }: { row: ReportRow }) {
  const me = useMe();
  const names = ['received', ...parts] as const;
  const gap = row.failed + row.parked + row.pending;
  const filter = { businessNumber: row.businessNumber, from: row.day, to: row.day };
  const worst = row.failed > 0 ? 'failed' : row.parked > 0 ? 'parked' : undefined;
  const link = new URLSearchParams({ ...filter, ...(worst !== undefined && { state: worst }) }).toString();
  return (
    <Table.Tr>
      <Table.Td className="day-cell">{row.day}</Table.Td>
      <Table.Td>{row.businessNumber === '' ? t.overview.notConfigured : row.businessNumber}</Table.Td>
      <Table.Td>{row.source}</Table.Td>
      {names.map((name) => (
        <Table.Td key={name} className={`count ${row[name] === 0 ? 'zero' : ''}`}>
          {row[name] > 0 && name in gapTones ? (
            <StateBadge state={name} text={countText(row[name])} />
          ) : (
            countText(row[name])
          )}
        </Table.Td>
      ))}
      <Table.Td>
        {gap > 0 && (
          <Group gap="sm" wrap="nowrap">
            <Anchor component={Link} href={`/conversations?${link}`} size="sm">
              {t.overview.show}
            </Anchor>
            {me.mayRead && (
              <Anchor
                size="sm"
                href={address('/api/export/interactions.csv', {
                  ...filter,
                  ...(worst !== undefined && { state: worst }),
                })}
                download
              >
                CSV
              </Anchor>
            )}
          </Group>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
