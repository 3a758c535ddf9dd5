import { Button, Group, Stack, Table, Text, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { change, get } from '../api.ts';
import { countText, timeText } from '../format.ts';
import { Answered, Trouble } from '../parts.tsx';
import { Columns, Meant, Section } from '../tables.tsx';
import { t } from '../texts.ts';
import type { Erasure, ErasureAnswer } from '../types.ts';
import { Outcome } from './erasure-outcome.tsx';

/** Somebody asks to be forgotten: first what would go, then it goes. */
export function Erasures() {
  const client = useQueryClient();
  const [person, setPerson] = useState('');
  const [reason, setReason] = useState('');
  const [answer, setAnswer] = useState<ErasureAnswer>();
  const [error, setError] = useState<Error>();
  const [isBusy, setBusy] = useState(false);
  const [isAsked, setAsked] = useState(false);
  const request = { person: person.trim(), ...(reason.trim() !== '' && { reason: reason.trim() }) };
  const ask = (dryRun: boolean) => change<ErasureAnswer>('POST', '/api/erasures', { ...request, dryRun });
  const tryIt = async () => {
    setBusy(true);
    try {
      setAnswer(await ask(true));
      setError(undefined);
    } catch (problem) {
      setError(problem as Error);
    } finally {
      setBusy(false);
    }
  };
  const erase = async () => {
    setAnswer(await ask(false));
    setPerson('');
    await client.invalidateQueries();
  };
  // What was told is of the one who was asked about.
  const edit = (value: string) => {
    setPerson(value);
    setAnswer(undefined);
  };
  return (
    <Section title={t.retention.erase} intro={t.retention.eraseIntro}>
      <Stack gap="sm">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (request.person !== '') void tryIt();
          }}
        >
          <Group align="flex-end">
            <TextInput
              label={t.retention.person}
              description={t.retention.personHint}
              className="grow"
              value={person}
              autoComplete="off"
              onChange={(event) => edit(event.currentTarget.value)}
            />
            <TextInput
              label={t.retention.reason}
              description={t.retention.reasonHint}
              className="grow"
              value={reason}
              onChange={(event) => setReason(event.currentTarget.value)}
            />
            <Button type="submit" variant="default" disabled={request.person === ''} loading={isBusy}>
              {t.retention.tryIt}
            </Button>
          </Group>
        </form>
        {error !== undefined && <Trouble error={error} />}
        {answer && <Outcome answer={answer} />}
        {answer?.dryRun && answer.erased > 0 && (
          <div>
            <Button color="red" onClick={() => setAsked(true)}>
              {t.retention.eraseButton}
            </Button>
          </div>
        )}
        <Requests />
      </Stack>
      <Meant
        isOpen={isAsked}
        close={() => setAsked(false)}
        title={t.retention.eraseTitle}
        text={t.retention.eraseText(answer?.erased ?? 0)}
        word={t.retention.eraseWord}
        button={t.retention.eraseButton}
        work={erase}
      />
    </Section>
  );
}

function Requests() {
  const requests = useQuery({
    queryKey: ['erasures'],
    queryFn: () => get<{ items: Erasure[] }>('/api/erasures', { limit: 20 }),
  });
  const { when, who, reason, erased, heldCount, obliged, state } = t.retention;
  return (
    <details className="values">
      <summary>{t.retention.requests}</summary>
      <Answered query={requests}>
        {({ items }) =>
          items.length === 0 ? (
            <Text c="dimmed">{t.retention.noRequests}</Text>
          ) : (
            <Columns
              label={t.retention.requests}
              heads={[when, who, reason, `#${erased}`, `#${heldCount}`, `#${obliged}`, state]}
            >
              {items.map((one) => (
                <Table.Tr key={one.id}>
                  <Table.Td className="day-cell">{timeText(one.at)}</Table.Td>
                  <Table.Td>{one.actor}</Table.Td>
                  <Table.Td>{one.reason}</Table.Td>
                  <Table.Td className="count">{countText(one.erased)}</Table.Td>
                  <Table.Td className="count">{countText(one.held)}</Table.Td>
                  <Table.Td className="count">{countText(one.obliged)}</Table.Td>
                  <Table.Td>{t.retention.states[one.state]}</Table.Td>
                </Table.Tr>
              ))}
            </Columns>
          )
        }
      </Answered>
    </details>
  );
}
