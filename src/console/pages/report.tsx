import { Alert, Anchor, List, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import type { DailyReport, SourceLine } from '../../core/daily-report.ts';
import { get } from '../api.ts';
import { countText, dayText, timeText } from '../format.ts';
import { Answered, PageTitle } from '../parts.tsx';
import { Columns, Facts, Section } from '../tables.tsx';
import { t } from '../texts.ts';
import type { Daily } from '../types.ts';
import { countParts } from './counts.ts';
import { findingsIn, Sends } from './reports.tsx';

/** One daily report, as it was kept and sent. */
export function ReportPage({ day }: { day: string }) {
  const daily = useQuery({
    queryKey: ['daily', day],
    queryFn: () => get<Daily>(`/api/reports/daily/${encodeURIComponent(day)}`),
  });
  return (
    <>
      <Anchor component={Link} href="/proof" size="sm">
        ← {t.reports.back}
      </Anchor>
      <PageTitle title={t.reports.open(/^[\d-]{10}$/.test(day) ? dayText(day) : day)} />
      <Answered query={daily}>{(found) => <Whole daily={found} />}</Answered>
    </>
  );
}

function Whole({ daily }: { daily: Daily }) {
  const report = daily.report as unknown as DailyReport;
  const findings = findingsIn(daily);
  const { sources, notAsked, changed, destroyed, seals } = report;
  return (
    <Stack gap="lg">
      <Alert
        color={findings.length === 0 ? 'teal' : 'yellow'}
        variant="light"
        role="status"
        title={
          <Text fw={700} c="var(--mantine-color-text)">
            {findings.length === 0 ? t.reports.allGood : t.reports.toLookAt}
          </Text>
        }
      >
        <List size="sm" c="var(--mantine-color-text)">
          {findings.map((text) => (
            <List.Item key={text}>{text}</List.Item>
          ))}
        </List>
      </Alert>
      <Section title={t.reports.identity}>
        <Identity report={report} />
      </Section>
      <Section title={t.reports.sources} intro={t.reports.sourcesHint}>
        {sources.length === 0 ? <Text c="dimmed">{t.reports.noSources}</Text> : <Sources lines={sources} />}
        {notAsked.length > 0 && (
          <Text size="sm" mt="xs">
            {t.reports.notAsked}: {notAsked.map(({ source, reason }) => `${source} (${reason})`).join(', ')}
          </Text>
        )}
      </Section>
      {changed.length > 0 && (
        <Section title={t.reports.changed}>
          <Changed report={report} />
        </Section>
      )}
      {destroyed.length > 0 && (
        <Section title={t.reports.destroyed}>
          <List size="sm">
            {destroyed.map(({ rule, kind, interactions, events, files }) => (
              <List.Item key={`${rule} ${kind}`}>
                {rule}: {t.retention.destroyed(interactions, events, files)}
              </List.Item>
            ))}
          </List>
        </Section>
      )}
      <Section title={t.reports.itself}>
        <Facts
          facts={[
            [t.reports.sent, <Sends daily={daily} />],
            [t.reports.madeAt, `${timeText(report.madeAt)} ${t.utc}`],
            ...(seals.last === undefined
              ? []
              : [
                  [
                    t.proof.lastSeal,
                    `${seals.last.number}, ${timeText(seals.last.at)} ${t.utc}${seals.last.signed ? `, ${t.proof.isSigned}` : ''}`,
                  ] as const,
                ]),
            [t.reports.hash, <span className="code">{daily.hash}</span>],
          ]}
        />
      </Section>
    </Stack>
  );
}

const counts = ['received', ...countParts] as const;

function Identity({ report: { rows, owners, totals } }: { report: DailyReport }) {
  const heads = counts.map((name) => `#${t.columns[name]}`);
  const cells = (line: Record<(typeof counts)[number], number>) =>
    counts.map((name) => (
      <Table.Td key={name} className={`count ${line[name] === 0 ? 'zero' : ''}`}>
        {countText(line[name])}
      </Table.Td>
    ));
  return (
    <>
      <Columns
        label={t.reports.identity}
        heads={[t.columns.number, t.columns.source, t.reports.owner, ...heads]}
        minWidth={860}
      >
        {rows.map((row) => (
          <Table.Tr key={`${row.day} ${row.source} ${row.businessNumber}`}>
            <Table.Td className="day-cell">
              {row.businessNumber === '' ? t.overview.notConfigured : row.businessNumber}
            </Table.Td>
            <Table.Td>{row.source}</Table.Td>
            <Table.Td>{row.owner ?? t.reports.noOwner}</Table.Td>
            {cells(row)}
          </Table.Tr>
        ))}
        <Table.Tr fw={700}>
          <Table.Td colSpan={3}>{t.columns.total}</Table.Td>
          {cells(totals)}
        </Table.Tr>
      </Columns>
      {owners.some(({ owner }) => owner !== undefined) && (
        <Columns label={t.reports.byOwner} heads={[t.reports.owner, ...heads]} minWidth={760}>
          {owners.map((line) => (
            <Table.Tr key={line.owner ?? ''}>
              <Table.Td>{line.owner ?? t.reports.noOwner}</Table.Td>
              {cells(line)}
            </Table.Tr>
          ))}
        </Columns>
      )}
    </>
  );
}

function Sources({ lines }: { lines: readonly SourceLine[] }) {
  const { day, question, theirs, ours, missing, filled, extra } = t.reports;
  return (
    <Columns
      label={t.reports.sources}
      heads={[
        t.columns.number,
        t.columns.source,
        day,
        question,
        `#${theirs}`,
        `#${ours}`,
        `#${missing}`,
        `#${filled}`,
        `#${extra}`,
      ]}
      minWidth={860}
    >
      {lines.map((line) => (
        <Table.Tr key={`${line.source} ${line.businessNumber} ${line.day} ${line.question}`}>
          <Table.Td className="day-cell">{line.businessNumber}</Table.Td>
          <Table.Td>{line.source}</Table.Td>
          <Table.Td className="day-cell">{line.day}</Table.Td>
          <Table.Td>
            {line.question}{' '}
            {line.method !== 'ids' && (
              <Text span size="sm" c="dimmed">
                {line.method === 'counts'
                  ? t.reports.byCounts
                  : `${t.reports.couldNot}: ${line.reason ?? ''}`}
              </Text>
            )}
            <Keys keys={[...line.missingKeys, ...line.extraKeys]} />
          </Table.Td>
          {[line.theirs, line.ours, line.missing, line.filled, line.extra].map((count, at) => (
            <Table.Td key={at} className={`count ${count === 0 ? 'zero' : ''}`}>
              {countText(count)}
            </Table.Td>
          ))}
        </Table.Tr>
      ))}
    </Columns>
  );
}

function Keys({ keys }: { keys: readonly string[] }) {
  if (keys.length === 0) return null;
  return (
    <details>
      <summary>{t.reports.keys(keys.length)}</summary>
      {keys.map((key) => (
        <div key={key} className="code">
          {key}
        </div>
      ))}
    </details>
  );
}

function Changed({ report: { changed } }: { report: DailyReport }) {
  return (
    <Columns
      label={t.reports.changed}
      heads={[t.reports.day, t.columns.number, t.columns.source, t.columns.total]}
    >
      {changed.map(({ before, ...now }) => (
        <Table.Tr key={`${now.day} ${now.source} ${now.businessNumber}`}>
          <Table.Td className="day-cell">{now.day}</Table.Td>
          <Table.Td>{now.businessNumber}</Table.Td>
          <Table.Td>{now.source}</Table.Td>
          <Table.Td>
            {counts
              .filter((name) => now[name] !== (before?.[name] ?? 0))
              .map((name) => {
                const was = before === undefined ? t.reports.newLine : countText(before[name]);
                return `${t.columns[name]}: ${t.reports.wasNow(was, countText(now[name]))}`;
              })
              .join(' · ')}
          </Table.Td>
        </Table.Tr>
      ))}
    </Columns>
  );
}
