import { Alert, Button, Stack, Table, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { change, get } from '../api.ts';
import { agoText, countText } from '../format.ts';
import { Answered, PageTitle } from '../parts.tsx';
import { useMe } from '../session.ts';
import { Columns, Meant, Section } from '../tables.tsx';
import { t } from '../texts.ts';
import type { Retention, RetentionRun } from '../types.ts';
import { say } from '../undo.tsx';
import { Erasures } from './erasures.tsx';
import { Holds } from './holds.tsx';
import { Purges } from './purges.tsx';

interface Rule {
  id: string;
  class?: string;
  source?: string;
  numbers?: string[];
  keep: string;
  obligation: boolean;
}

/** What is kept for how long, what is held, who asked to be forgotten, and what was destroyed. */
export function RetentionPage() {
  const me = useMe();
  return (
    <>
      <PageTitle title={t.retention.title} intro={t.retention.intro} />
      <Stack gap="lg">
        <Rules />
        {me.mayRead ? (
          <>
            <Holds />
            <Erasures />
          </>
        ) : (
          <Section title={t.retention.holds}>
            <Text c="dimmed">{t.proof.needs}</Text>
          </Section>
        )}
        <Purges />
      </Stack>
    </>
  );
}

function Rules() {
  const me = useMe();
  const client = useQueryClient();
  const [isAsked, setAsked] = useState(false);
  const retention = useQuery({
    queryKey: ['retention'],
    queryFn: () => get<Retention>('/api/retention'),
    staleTime: 30_000,
  });
  const settings = useQuery({
    queryKey: ['settings'],
    queryFn: () => get<{ retention?: { rules?: Rule[] } }>('/api/settings'),
  });
  const rules = retention.data?.rules ?? [];
  const sum = (of: (one: (typeof rules)[number]) => number) =>
    rules.reduce((total, one) => total + of(one), 0);
  const run = async () => {
    const { interactions, files } = await change<RetentionRun>('POST', '/api/retention/run');
    say(t.retention.ran(interactions, files));
    await client.invalidateQueries();
  };
  return (
    <Section
      title={t.retention.rules}
      action={
        me.mayRead && (
          <Button variant="default" disabled={!retention.data} onClick={() => setAsked(true)}>
            {t.retention.run}
          </Button>
        )
      }
    >
      <Answered query={retention}>
        {(view) => <RulesTable view={view} written={settings.data?.retention?.rules ?? []} />}
      </Answered>
      <Meant
        isOpen={isAsked}
        close={() => setAsked(false)}
        title={t.retention.runTitle}
        text={t.retention.runText(
          sum((one) => one.interactions + one.events),
          sum((one) => one.files),
        )}
        word={t.retention.word}
        button={t.retention.run}
        work={run}
      />
    </Section>
  );
}

function RulesTable({ view, written }: { view: Retention; written: readonly Rule[] }) {
  const { rules, appliedAt, unscrubbedSince, erasuresWait } = view;
  const { rule, about, keep, due, notices, files, held } = t.retention;
  return (
    <>
      {rules.length === 0 ? (
        <Text c="dimmed">{t.retention.noRules}</Text>
      ) : (
        <Columns
          label={t.retention.rules}
          heads={[rule, about, keep, `#${due}`, `#${notices}`, `#${files}`, `#${held}`]}
        >
          {rules.map((one) => {
            const own = written.find(({ id }) => id === one.rule);
            return (
              <Table.Tr key={one.rule}>
                <Table.Td>{one.rule}</Table.Td>
                <Table.Td>{own ? aboutText(own) : t.retention.builtIn[one.rule]}</Table.Td>
                <Table.Td className="day-cell">{own && keepText(own)}</Table.Td>
                {[one.interactions, one.events, one.files, one.held].map((count, at) => (
                  <Table.Td key={at} className={`count ${count === 0 ? 'zero' : ''}`}>
                    {countText(count)}
                  </Table.Td>
                ))}
              </Table.Tr>
            );
          })}
        </Columns>
      )}
      <Text size="sm" c="dimmed">
        {appliedAt === undefined ? t.retention.neverApplied : t.retention.applied(agoText(appliedAt))}
      </Text>
      {(unscrubbedSince !== undefined || erasuresWait) && (
        <Alert color="yellow" variant="light" mt="xs">
          <Text size="sm" c="var(--mantine-color-text)">
            {unscrubbedSince !== undefined && t.retention.unscrubbed(agoText(unscrubbedSince))}{' '}
            {erasuresWait && t.retention.erasuresWait}
          </Text>
        </Alert>
      )}
    </>
  );
}

/** `P7Y` as people say it. */
function keepText({ keep, obligation }: Rule): string {
  const [, amount, unit] = /^P(\d+)([YMD])$/.exec(keep) ?? [];
  const words =
    amount === undefined
      ? keep
      : `${amount} ${t.retention.keepUnits[unit ?? '']}${amount === '1' ? '' : 's'}`;
  return obligation ? `${words}, ${t.retention.obligation}` : words;
}

function aboutText({ class: kind, source, numbers }: Rule): string {
  return [kind ?? t.retention.everything, source, ...(numbers ?? [])]
    .filter((part) => part !== undefined)
    .join(', ');
}
