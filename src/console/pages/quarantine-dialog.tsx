import { Button, Code, Group, Modal, NativeSelect, ScrollArea, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { change, get } from '../api.ts';
import { Answered } from '../parts.tsx';
import { t } from '../texts.ts';
import type { Quarantined, QuarantineView, Release, Status } from '../types.ts';
import { later, say } from '../undo.tsx';

/** One that is opened: what it says, and what becomes of it. */
export function QuarantineDialog({
  item,
  close,
  discard,
  done,
}: {
  item: Quarantined | undefined;
  close(): void;
  discard(id: number): void;
  done(): Promise<void>;
}) {
  return (
    <Modal
      opened={item !== undefined}
      onClose={close}
      size="xl"
      title={item && t.quarantine.opened(item.id, item.source)}
    >
      {item && <Opened key={item.id} {...{ item, close, discard, done }} />}
    </Modal>
  );
}

function Opened({
  item: { id, source },
  close,
  discard,
  done,
}: {
  item: Quarantined;
  close(): void;
  discard(id: number): void;
  done(): Promise<void>;
}) {
  const [number, setNumber] = useState<string>();
  // A look that is kept: made once, when it is opened.
  const view = useQuery({
    queryKey: ['quarantined', id],
    queryFn: () => change<QuarantineView>('POST', `/api/quarantine/${id}/open`),
    staleTime: Infinity,
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
  });
  const status = useQuery({ queryKey: ['status'], queryFn: () => get<Status>('/api/status') });
  const own = status.data?.sources.find((one) => one.id === source)?.businessNumbers ?? [];
  const numbers = own === 'all' ? [] : own;
  const chosen = (number ?? numbers[0] ?? '').trim();
  const release = () => {
    close();
    later(t.quarantine.releasing(chosen), async (isLeaving) => {
      const answer = await change<Release>(
        'POST',
        `/api/quarantine/${id}/release`,
        { number: chosen },
        isLeaving,
      );
      say(outcome(answer));
      await done();
    });
  };
  return (
    <Stack>
      <Answered query={view}>
        {({ content, outline, problem }) => (
          <>
            {problem !== undefined && <Text>{problem}</Text>}
            <ScrollArea.Autosize
              mah={360}
              viewportProps={{ tabIndex: 0, 'aria-label': t.quarantine.opened(id, source), role: 'group' }}
            >
              <Code block>{JSON.stringify(content ?? outline, null, 2)}</Code>
            </ScrollArea.Autosize>
            <Text size="sm" c="dimmed">
              {t.quarantine.looked}
            </Text>
          </>
        )}
      </Answered>
      <Group align="flex-end" justify="space-between">
        <Group align="flex-end" gap="xs">
          {numbers.length > 0 ? (
            <NativeSelect
              label={t.quarantine.releaseAs}
              value={chosen}
              data={[...numbers]}
              onChange={(event) => setNumber(event.currentTarget.value)}
            />
          ) : (
            <TextInput
              label={t.quarantine.releaseAs}
              value={chosen}
              onChange={(event) => setNumber(event.currentTarget.value)}
            />
          )}
          <Button disabled={chosen === ''} onClick={release}>
            {t.quarantine.release}
          </Button>
        </Group>
        <Button variant="default" onClick={() => discard(id)}>
          {t.quarantine.discard}
        </Button>
      </Group>
    </Stack>
  );
}

function outcome({ events, excluded, understood }: Release): string {
  return [
    t.quarantine.released(events),
    ...(excluded > 0 ? [t.quarantine.excludedSaid] : []),
    ...(understood ? [] : [t.quarantine.notUnderstood]),
  ].join(' ');
}
