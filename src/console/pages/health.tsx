import { Card, Group, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { agoText, countText, spanText } from '../format.ts';
import { StateBadge } from '../parts.tsx';
import { t } from '../texts.ts';
import type { Status } from '../types.ts';

/** Sources and destinations: when they last gave and took something, what waits, what is left of the quota. */
export function Health({ status }: { status: Status }) {
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
