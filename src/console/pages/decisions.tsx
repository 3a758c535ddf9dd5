import { Alert, Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { change, get } from '../api.ts';
import { Answered, Trouble } from '../parts.tsx';
import { t } from '../texts.ts';
import type { FoundPerson, WaitingGroup, WaitingPerson } from '../types.ts';
import { later, say } from '../undo.tsx';

interface Props {
  state: 'parked' | 'failed';
  group: WaitingGroup;
  chosen: readonly WaitingPerson[];
  done(): void;
}

/** What can be done with the chosen ones. */
export function Decisions({ state, group, chosen, done }: Props) {
  const client = useQueryClient();
  const [dialog, setDialog] = useState<'assign' | 'create'>();
  const { destination, cause } = group;
  const conversations = chosen.map(({ conversation }) => conversation);
  const isNone = chosen.length === 0;
  const refresh = () => void client.invalidateQueries();
  const finish = () => {
    setDialog(undefined);
    done();
    refresh();
  };
  const trying = (work: () => Promise<void>) => void work().then(finish, failed);
  const choice = { destination, conversations, cause };
  const ignore = async () => {
    const { changed, keys } = await change<{ changed: number; keys: string[] }>(
      'POST',
      '/api/parked/ignore',
      choice,
    );
    say(t.waiting.ignored(changed), async () => {
      const back = await change<{ changed: number }>('POST', '/api/parked/restore', { destination, keys });
      say(t.waiting.restored(back.changed));
      refresh();
    });
  };
  const replay = async (body: object, path: string) => {
    const { changed } = await change<{ changed: number }>('POST', path, body);
    say(t.waiting.replayed(changed));
  };
  const assign = (contact: { type: string; id: string; name: string }) => {
    later(t.waiting.assigning(chosen.length, contact.name), async (isLeaving) => {
      const body = { ...choice, contact: { type: contact.type, id: contact.id, name: contact.name } };
      const { changed } = await change<{ changed: number }>('POST', '/api/parked/assign', body, isLeaving);
      say(t.waiting.assigned(changed, contact.name));
      refresh();
    });
    finish();
  };
  return (
    <Group p="sm" gap="xs" wrap="wrap">
      <Text size="sm" fw={600} aria-live="polite">
        {t.waiting.selected(chosen.length)}
      </Text>
      {state === 'parked' ? (
        <>
          <Button size="xs" disabled={isNone} onClick={() => setDialog('assign')}>
            {t.waiting.assign}
          </Button>
          <Button size="xs" variant="default" disabled={isNone} onClick={() => setDialog('create')}>
            {t.waiting.create}
          </Button>
          <Button size="xs" variant="default" disabled={isNone} onClick={() => trying(ignore)}>
            {t.waiting.ignore}
          </Button>
        </>
      ) : (
        <>
          <Button
            size="xs"
            disabled={isNone}
            onClick={() => trying(() => replay(choice, '/api/failed/replay-chosen'))}
          >
            {t.waiting.replay}
          </Button>
          <Button
            size="xs"
            variant="default"
            onClick={() => trying(() => replay({ destination, code: cause }, '/api/failed/replay'))}
          >
            {t.waiting.replayAll}
          </Button>
        </>
      )}
      <Modal
        opened={dialog === 'assign'}
        onClose={() => setDialog(undefined)}
        title={t.waiting.assignTitle}
        size="lg"
      >
        <ChooseContact destination={destination} chosen={chosen} choose={assign} />
      </Modal>
      <Modal opened={dialog === 'create'} onClose={() => setDialog(undefined)} title={t.waiting.createTitle}>
        <Create choice={choice} count={chosen.length} finish={finish} close={() => setDialog(undefined)} />
      </Modal>
    </Group>
  );
}

function failed(error: unknown): void {
  notifications.show({ color: 'red', message: (error as Error).message, autoClose: 10_000 });
}

/** Somebody of the CRM, found while typing. */
function ChooseContact({
  destination,
  chosen,
  choose,
}: {
  destination: string;
  chosen: readonly WaitingPerson[];
  choose(contact: { type: string; id: string; name: string }): void;
}) {
  const [typed, setTyped] = useState('');
  const [asked] = useDebouncedValue(typed.trim(), 300);
  const found = useQuery({
    queryKey: ['crm-people', destination, asked],
    queryFn: () => get<{ items: FoundPerson[] }>(`/api/people/${destination}`, { q: asked }),
    enabled: asked.length >= 2,
  });
  const proposals = chosen.length === 1 ? (chosen[0]?.proposals ?? []) : [];
  return (
    <Stack>
      <TextInput
        label={t.search}
        description={t.waiting.assignHint}
        value={typed}
        data-autofocus
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      {asked.length < 2 ? (
        <>
          {proposals.length > 0 && <Text fw={600}>{t.waiting.proposals}</Text>}
          {proposals.map((person) => (
            <Person key={person.id} person={{ ...person, phones: [] }} choose={choose} />
          ))}
          <Text c="dimmed">{t.waiting.type}</Text>
        </>
      ) : (
        <Answered query={found}>
          {({ items }) =>
            items.length === 0 ? (
              <Text c="dimmed">{t.waiting.noPeople}</Text>
            ) : (
              items.map((person) => (
                <Person key={`${person.type} ${person.id}`} person={person} choose={choose} />
              ))
            )
          }
        </Answered>
      )}
    </Stack>
  );
}

function Person({
  person: { type, id, name, phones },
  choose,
}: {
  person: FoundPerson;
  choose(contact: { type: string; id: string; name: string }): void;
}) {
  return (
    <Button
      variant="default"
      justify="space-between"
      fullWidth
      onClick={() => choose({ type, id, name })}
      rightSection={
        <Text size="sm" c="dimmed">
          {[type, ...phones].join(' · ')}
        </Text>
      }
    >
      {name}
    </Button>
  );
}

function Create({
  choice,
  count,
  finish,
  close,
}: {
  choice: object;
  count: number;
  finish(): void;
  close(): void;
}) {
  const [error, setError] = useState<Error>();
  const [refused, setRefused] = useState<string[]>([]);
  const create = async () => {
    try {
      const answer = await change<{ made: number; refused: string[] }>('POST', '/api/parked/create', choice);
      say(t.waiting.created(answer.made));
      if (answer.refused.length === 0) finish();
      else setRefused(answer.refused);
    } catch (problem) {
      setError(problem as Error);
    }
  };
  return (
    <Stack>
      <Text>{t.waiting.createText(count)}</Text>
      {error !== undefined && <Trouble error={error} />}
      {refused.length > 0 && (
        <Alert color="red" title={t.waiting.refused}>
          {[...new Set(refused)].join(' ')}
        </Alert>
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={close}>
          {t.cancel}
        </Button>
        <Button onClick={() => void create()}>{t.waiting.create}</Button>
      </Group>
    </Stack>
  );
}
