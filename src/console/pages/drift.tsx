import { Anchor, Button, Checkbox, Group, NativeSelect, Table, Text } from '@mantine/core';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { driftKinds } from '../../core/drift.ts';
import { get } from '../api.ts';
import { agoText, timeText } from '../format.ts';
import { Answered, Nothing, PageTitle, StateBadge } from '../parts.tsx';
import { useMe } from '../session.ts';
import { Columns } from '../tables.tsx';
import { t } from '../texts.ts';
import type { Drift, Page } from '../types.ts';
import { More } from './conversations.tsx';
import { CompareNow } from './drift-compare.tsx';
import { DriftDecisions } from './drift-decisions.tsx';

/** Records in the CRMs that are not as they were logged. */
export function DriftPage() {
  const [kind, setKind] = useState('');
  const [resolved, setResolved] = useState(false);
  const drift = useInfiniteQuery({
    queryKey: ['drift', kind, resolved],
    queryFn: ({ pageParam }) =>
      get<Page<Drift>>('/api/drift', {
        kind,
        resolved: resolved ? 'true' : undefined,
        limit: 50,
        cursor: pageParam,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.cursor,
    placeholderData: keepPreviousData,
    refetchInterval: 15_000,
  });
  return (
    <>
      <PageTitle title={t.drift.title} intro={t.drift.intro}>
        <CompareNow />
      </PageTitle>
      <Group mb="md" align="flex-end" component="search">
        <NativeSelect
          label={t.drift.kind}
          value={kind}
          onChange={(event) => setKind(event.currentTarget.value)}
          data={[
            { value: '', label: t.all },
            ...driftKinds.map((value) => ({ value, label: t.drift.kinds[value] ?? value })),
          ]}
        />
        <Checkbox label={t.drift.over} checked={resolved} onChange={() => setResolved(!resolved)} mb={8} />
      </Group>
      <Answered query={drift}>
        {({ pages }) => {
          const items = pages.flatMap((page) => page.items);
          if (items.length === 0) return <Nothing>{t.drift.none}</Nothing>;
          return (
            <>
              <Columns
                label={t.drift.title}
                heads={[t.drift.kind, t.drift.record, t.drift.of, t.drift.found, t.drift.actions]}
                minWidth={860}
              >
                {items.map((one) => (
                  <Row key={one.id} drift={one} />
                ))}
              </Columns>
              <More query={drift} />
            </>
          );
        }}
      </Answered>
    </>
  );
}

function Row({ drift }: { drift: Drift }) {
  const me = useMe();
  const { destination, key, kind, fields, detail, recordKind, occurredAt, foundAt, resolution } = drift;
  return (
    <Table.Tr>
      <Table.Td>
        <StateBadge
          state={resolution === undefined ? (kind === 'missing' ? 'failed' : 'parked') : 'ignored'}
          text={t.drift.kinds[kind] ?? kind}
        />
        <Text size="sm">
          {t.drift.says[kind]} {detail.deleted === 'bin' && t.drift.bin}
        </Text>
        {fields.length > 0 && (
          <Text size="sm">
            {t.drift.fields}: <span className="code">{fields.join(', ')}</span>
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <RecordLinks drift={drift} />
      </Table.Td>
      <Table.Td>
        {t.retention.kinds[recordKind]}
        <Text size="sm" c="dimmed" className="day-cell">
          {timeText(occurredAt)}
        </Text>
      </Table.Td>
      <Table.Td className="day-cell">{agoText(foundAt)}</Table.Td>
      <Table.Td>
        {resolution === undefined ? (
          <Group gap="xs" wrap="nowrap">
            {me.mayRead && (
              <Button
                component={Link}
                href={`/differences/${encodeURIComponent(destination)}/${key}`}
                size="xs"
                variant="default"
                aria-label={t.drift.openOf(drift.recordId)}
              >
                {t.drift.open}
              </Button>
            )}
            <DriftDecisions drift={drift} />
          </Group>
        ) : (
          <Text size="sm">
            {t.drift.resolved[resolution]} {drift.resolvedBy}
          </Text>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

/** The record and its contact in the CRM. */
export function RecordLinks({ drift }: { drift: Drift }) {
  const { destination, recordId, recordUrl, contact, contactUrl, detail } = drift;
  return (
    <>
      {destination} <CrmLink url={recordUrl} text={recordId} />
      <Text size="sm" c="dimmed" component="div">
        {t.drift.contact}: <CrmLink url={contactUrl} text={contact.id} />
        {detail.contact !== undefined && `, ${t.drift.now.toLowerCase()}: ${detail.contact.id}`}
        {detail.others !== undefined && ` · ${detail.others.join(', ')}`}
      </Text>
    </>
  );
}

function CrmLink({ url, text }: { url: string | undefined; text: string }) {
  if (url === undefined) return <span className="code">{text}</span>;
  return (
    <Anchor href={url} target="_blank" rel="noreferrer" className="code" title={t.openInCrm}>
      {text}
    </Anchor>
  );
}
