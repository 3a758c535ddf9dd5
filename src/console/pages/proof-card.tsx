import { Anchor, Card, Group, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { get } from '../api.ts';
import { agoText, dayText } from '../format.ts';
import { useMe } from '../session.ts';
import { t } from '../texts.ts';
import type { Daily, Page, Quarantined, SealState, Status } from '../types.ts';
import { findingsIn } from './reports.tsx';

const calm = 60_000;
const mostCounted = 100;

/** Where the proof stands, in one line of ways to the pages that have it. Asks for little, and seldom. */
export function ProofCard({ status }: { status: Status }) {
  const me = useMe();
  const seals = useQuery({
    queryKey: ['seals'],
    queryFn: () => get<SealState>('/api/seals'),
    refetchInterval: calm,
  });
  const daily = useQuery({
    queryKey: ['dailies', 'newest'],
    queryFn: () => get<{ items: Daily[] }>('/api/reports/daily', { limit: 1 }),
    refetchInterval: calm,
  });
  const waits = status.alerts.some(({ code }) => code === 'quarantined');
  const quarantine = useQuery({
    queryKey: ['quarantine', 'count'],
    queryFn: () => get<Page<Quarantined>>('/api/quarantine', { state: 'waiting', limit: mostCounted }),
    enabled: waits && me.mayRead === true,
    refetchInterval: calm,
  });
  const drift = differencesIn(status);
  const newest = daily.data?.items[0];
  return (
    <Card withBorder component="section" aria-label={t.card.title}>
      <Title order={2} size="h4" mb="xs">
        {t.card.title}
      </Title>
      <Group gap="lg" wrap="wrap">
        {seals.data && <Line to="/proof" {...sealLine(seals.data)} />}
        {daily.data && <Line {...reportLine(newest)} />}
        <Line to="/differences" text={t.card.drift(drift)} isBad={drift > 0} />
        <Line to="/quarantine" text={quarantineText(waits, quarantine.data)} isBad={waits} />
      </Group>
    </Card>
  );
}

/** Records in the CRMs that are not as they were logged. */
export function differencesIn({ drift }: Status): number {
  return drift.reduce((sum, { count }) => sum + count, 0);
}

function sealLine({ last, copies }: SealState) {
  if (last === undefined) return { text: t.card.notSealed, isBad: false };
  const behind = copies.filter(({ number, error }) => number < last.number || error !== undefined).length;
  const rest = behind > 0 ? t.card.copiesBehind(behind) : copies.length > 0 ? t.card.copiesGood : undefined;
  const text = [t.card.sealed(agoText(last.at)), rest].filter((part) => part !== undefined).join(', ');
  return { text, isBad: behind > 0 };
}

function reportLine(newest: Daily | undefined) {
  if (newest === undefined) return { to: '/proof', text: t.card.noReport, isBad: false };
  const count = findingsIn(newest).length;
  return {
    to: `/proof/reports/${newest.day}`,
    text: t.card.report(dayText(newest.day), count),
    isBad: count > 0,
  };
}

function quarantineText(waits: boolean, page: Page<Quarantined> | undefined): string {
  if (!waits) return t.card.noQuarantine;
  if (page === undefined) return t.card.quarantineSome;
  return t.card.quarantine(`${page.items.length}${page.cursor === undefined ? '' : '+'}`);
}

function Line({ to, text, isBad }: { to: string; text: string; isBad: boolean }) {
  return (
    <Anchor component={Link} href={to} fw={isBad ? 700 : 400}>
      {isBad && (
        <Text span c="red" aria-hidden>
          {'● '}
        </Text>
      )}
      {text}
    </Anchor>
  );
}
