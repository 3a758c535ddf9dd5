import { BarChart } from '@mantine/charts';
import { Alert, Anchor, Card, Group, NativeSelect, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { get } from '../api.ts';
import { countText, dayBefore, timeText } from '../format.ts';
import { Answered, Nothing, PageTitle, StateBadge } from '../parts.tsx';
import { t } from '../texts.ts';
import type { Report, Status } from '../types.ts';
import { ByNumber } from './by-number.tsx';
import { countParts } from './counts.ts';
import { Health } from './health.tsx';
import { ProofCard } from './proof-card.tsx';

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
        {status.data && <ProofCard status={status.data} />}
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
  const isSourceTrouble = status.alerts.some(({ code }) => code !== 'quarantined');
  const [color, text] = isSourceTrouble
    ? ['red', t.overview.sourceTrouble]
    : stopped.length > 0
      ? ['red', t.overview.stopped(stopped.join(', '))]
      : totals.failed > 0
        ? ['red', t.overview.failed(totals.failed)]
        : totals.parked > 0
          ? ['yellow', t.overview.parked(totals.parked)]
          : status.alerts.length > 0
            ? ['yellow', t.card.toDecide]
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
        {countParts.map((name, at) => (
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
          series={countParts.map((name) => ({ name, label: t.columns[name], color: colors[name] }))}
        />
      </div>
    </Card>
  );
}

function linkOf(name: (typeof countParts)[number], { from, to }: Report): string | undefined {
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
    const sum = (name: (typeof countParts)[number]) => own.reduce((total, row) => total + row[name], 0);
    days.push({ day: day.slice(5), ...Object.fromEntries(countParts.map((name) => [name, sum(name)])) });
  }
  return days;
}
