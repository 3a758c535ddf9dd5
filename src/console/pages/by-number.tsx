import { Anchor, Button, Card, Group, Table, Text, Title } from '@mantine/core';
import { Link } from 'wouter';
import { address } from '../api.ts';
import { countText } from '../format.ts';
import { StateBadge } from '../parts.tsx';
import { useMe } from '../session.ts';
import { t } from '../texts.ts';
import type { Report, ReportRow } from '../types.ts';
import { countParts } from './counts.ts';

/** The report: each number and day with what became of what came in, and a way to what is missing. */
export function ByNumber({ report }: { report: Report }) {
  const me = useMe();
  const { from, to } = report;
  const rows = report.rows.toSorted(
    (a, b) => b.day.localeCompare(a.day) || a.businessNumber.localeCompare(b.businessNumber),
  );
  const names = ['received', ...countParts] as const;
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
  const names = ['received', ...countParts] as const;
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
