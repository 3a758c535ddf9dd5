import { Anchor, Group, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { get } from '../api.ts';
import { timeText } from '../format.ts';
import { Answered, PageTitle, StateBadge } from '../parts.tsx';
import { useMe } from '../session.ts';
import { Columns, Section } from '../tables.tsx';
import { t } from '../texts.ts';
import type { DriftView } from '../types.ts';
import { DriftDecisions } from './drift-decisions.tsx';
import { RecordLinks } from './drift.tsx';
import { OpenChat } from './open-chat.tsx';

/** One record: what is made of it here beside what the CRM shows at this moment. */
export function DriftViewPage({ destination, id }: { destination: string; id: string }) {
  const me = useMe();
  // Each is a look that is kept: none is made without a person who asks.
  const view = useQuery({
    queryKey: ['drift-view', destination, id],
    queryFn: () => get<DriftView>(`/api/drift/${encodeURIComponent(destination)}/${id}`),
    enabled: me.mayRead === true,
    refetchOnWindowFocus: false,
    staleTime: 60_000,
  });
  return (
    <>
      <Anchor component={Link} href="/differences" size="sm">
        ← {t.drift.back}
      </Anchor>
      <PageTitle title={t.drift.viewTitle} intro={me.mayRead ? t.drift.looked : t.proof.needs} />
      {me.mayRead && <Answered query={view}>{(found) => <Whole view={found} />}</Answered>}
    </>
  );
}

function Whole({ view: { findings, now, differences } }: { view: DriftView }) {
  const me = useMe();
  const open = findings.find(({ resolvedAt }) => resolvedAt === undefined);
  const first = open ?? findings[0];
  if (first === undefined) return null;
  return (
    <Stack gap="lg">
      <Section title={t.drift.record}>
        <RecordLinks drift={first} />
        {findings.map(({ id, kind, foundAt, resolution, resolvedBy }) => (
          <Text key={id} size="sm" mt={4}>
            <StateBadge
              state={resolution === undefined ? 'parked' : 'ignored'}
              text={t.drift.kinds[kind] ?? kind}
            />{' '}
            {t.drift.says[kind]} {timeText(foundAt)} {t.utc}
            {resolution !== undefined && ` · ${t.drift.resolved[resolution]} ${resolvedBy ?? ''}`}
          </Text>
        ))}
        {first.activityKey !== undefined && (
          <Text size="sm" mt="xs">
            <OpenChat id={first.activityKey} label={t.missing.openChat} />
          </Text>
        )}
      </Section>
      <Section
        title={t.drift.now}
        action={
          open &&
          (me.isAdmin ? (
            <Group gap="xs">
              <DriftDecisions drift={open} />
            </Group>
          ) : (
            <Text size="sm" c="dimmed">
              {t.drift.readOnly}
            </Text>
          ))
        }
      >
        {now.length === 0 ? (
          <Text>{t.drift.same}</Text>
        ) : (
          <Text mb="xs">{now.map((kind) => t.drift.says[kind]).join(' ')}</Text>
        )}
        {differences.length > 0 && (
          <Columns label={t.drift.now} heads={[t.drift.field, t.drift.ours, t.drift.theirs]}>
            {differences.map(({ field, ours, now: theirs, isAsWritten }) => (
              <Table.Tr key={field}>
                <Table.Td className="code">{field}</Table.Td>
                <Table.Td className="value">
                  {ours}
                  {(ours === undefined || !isAsWritten) && (
                    <Text size="sm" c="dimmed">
                      {ours === undefined ? t.drift.notOne : t.drift.notAsWritten}
                    </Text>
                  )}
                </Table.Td>
                <Table.Td className="value">{theirs}</Table.Td>
              </Table.Tr>
            ))}
          </Columns>
        )}
      </Section>
    </Stack>
  );
}
