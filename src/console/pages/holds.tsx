import { Button, Group, Modal, SimpleGrid, Stack, Table, Text, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { change, get } from '../api.ts';
import { timeText } from '../format.ts';
import { Answered, Day, Trouble } from '../parts.tsx';
import { Columns, Section } from '../tables.tsx';
import { t } from '../texts.ts';
import type { Hold } from '../types.ts';
import { say } from '../undo.tsx';

/** Legal holds: what no rule and no request destroys. */
export function Holds() {
  const [released, setReleased] = useState<Hold>();
  const [isPlacing, setPlacing] = useState(false);
  const holds = useQuery({ queryKey: ['holds'], queryFn: () => get<{ items: Hold[] }>('/api/holds') });
  return (
    <Section
      title={t.retention.holds}
      intro={t.retention.holdsIntro}
      action={<Button onClick={() => setPlacing(true)}>{t.retention.place}</Button>}
    >
      <Answered query={holds}>
        {({ items }) =>
          items.length === 0 ? (
            <Text c="dimmed">{t.retention.noHolds}</Text>
          ) : (
            <Columns
              label={t.retention.holds}
              heads={[t.retention.holdWhat, t.retention.reason, t.retention.placed, t.retention.released]}
            >
              {items.map((hold) => (
                <Row key={hold.id} hold={hold} release={() => setReleased(hold)} />
              ))}
            </Columns>
          )
        }
      </Answered>
      <Modal opened={isPlacing} onClose={() => setPlacing(false)} title={t.retention.place} size="lg">
        <Place close={() => setPlacing(false)} />
      </Modal>
      <Modal
        opened={released !== undefined}
        onClose={() => setReleased(undefined)}
        title={t.retention.releaseTitle}
      >
        {released && <Release hold={released} close={() => setReleased(undefined)} />}
      </Modal>
    </Section>
  );
}

function Row({ hold, release }: { hold: Hold; release(): void }) {
  const { reason, placedBy, placedAt, releasedAt, releasedBy } = hold;
  return (
    <Table.Tr {...(releasedAt !== undefined && { c: 'dimmed' })}>
      <Table.Td>{whatOf(hold)}</Table.Td>
      <Table.Td className="value">{reason}</Table.Td>
      <Table.Td>{t.retention.byAt(placedBy, timeText(placedAt))}</Table.Td>
      <Table.Td>
        {releasedAt === undefined ? (
          <Button
            size="xs"
            variant="default"
            aria-label={t.retention.releaseOf(whatOf(hold))}
            onClick={release}
          >
            {t.retention.release}
          </Button>
        ) : (
          t.retention.byAt(releasedBy ?? '', timeText(releasedAt))
        )}
      </Table.Td>
    </Table.Tr>
  );
}

function whatOf({ person, businessNumber, source, owner, from, to }: Hold): string {
  const days = from === undefined && to === undefined ? undefined : `${from ?? '…'} – ${to ?? '…'}`;
  const parts = [person, businessNumber, source, owner, days].filter((part) => part !== undefined);
  return parts.length === 0 ? t.retention.forgotten : parts.join(', ');
}

/** Does it, and says why it could not be done. */
function useDoing(close: () => void) {
  const client = useQueryClient();
  const [error, setError] = useState<Error>();
  const [isBusy, setBusy] = useState(false);
  const attempt = async (work: () => Promise<unknown>, said: string) => {
    setBusy(true);
    try {
      await work();
      say(said);
      close();
      await Promise.all([['holds'], ['retention']].map((queryKey) => client.invalidateQueries({ queryKey })));
    } catch (problem) {
      setError(problem as Error);
    } finally {
      setBusy(false);
    }
  };
  return { error, isBusy, attempt };
}

const names = ['person', 'businessNumber', 'source', 'owner', 'from', 'to'] as const;
const labels = {
  person: [t.retention.person, t.retention.personHint],
  businessNumber: [t.retention.number, '+49 30 …'],
  source: [t.retention.source, 'support'],
  owner: [t.retention.owner, t.retention.ownerHint],
} as const;

function Place({ close }: { close(): void }) {
  const [scope, setScope] = useState<Partial<Record<(typeof names)[number], string>>>({});
  const [reason, setReason] = useState('');
  const { error, isBusy, attempt } = useDoing(close);
  const given = Object.fromEntries(
    names.flatMap((name) => ((scope[name] ?? '').trim() === '' ? [] : [[name, scope[name]?.trim()]])),
  );
  const isWhole = Object.keys(given).length > 0 && reason.trim() !== '';
  const set = (name: (typeof names)[number], value: string) =>
    setScope((before) => ({ ...before, [name]: value }));
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (isWhole)
          void attempt(() => change('POST', '/api/holds', { ...given, reason }), t.retention.placedSaid);
      }}
    >
      <Stack>
        <Text size="sm">{t.retention.holdsIntro}</Text>
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          {(['person', 'businessNumber', 'source', 'owner'] as const).map((name) => (
            <TextInput
              key={name}
              label={labels[name][0]}
              description={labels[name][1]}
              value={scope[name] ?? ''}
              onChange={(event) => set(name, event.currentTarget.value)}
            />
          ))}
          <Day label={t.from} value={scope.from ?? ''} onChange={(value) => set('from', value)} />
          <Day label={t.to} value={scope.to ?? ''} onChange={(value) => set('to', value)} />
        </SimpleGrid>
        <TextInput
          label={t.retention.reason}
          description={t.retention.reasonHint}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {error !== undefined && <Trouble error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {t.cancel}
          </Button>
          <Button type="submit" disabled={!isWhole} loading={isBusy}>
            {t.retention.place}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Release({ hold, close }: { hold: Hold; close(): void }) {
  const [reason, setReason] = useState('');
  const { error, isBusy, attempt } = useDoing(close);
  const isWhole = reason.trim() !== '';
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const work = () => change('POST', `/api/holds/${hold.id}/release`, { reason });
        if (isWhole) void attempt(work, t.retention.releasedSaid);
      }}
    >
      <Stack>
        <Text>
          <b>{whatOf(hold)}</b>: {hold.reason}
        </Text>
        <Text size="sm">{t.retention.releaseText}</Text>
        <TextInput
          label={t.retention.reason}
          description={t.retention.reasonHint}
          value={reason}
          data-autofocus
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {error !== undefined && <Trouble error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {t.cancel}
          </Button>
          <Button type="submit" disabled={!isWhole} loading={isBusy}>
            {t.retention.release}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
