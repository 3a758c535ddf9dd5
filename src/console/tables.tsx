import { Card, Group, Modal, Stack, Table, Text, TextInput, Title, Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useState } from 'react';
import { Trouble } from './parts.tsx';
import { t } from './texts.ts';

/** A card with its own heading; `action` stands beside the heading. */
export function Section({
  title,
  intro,
  action,
  children,
}: {
  title: string;
  intro?: string;
  action?: ReactNode;
  children: ReactNode;
}) {
  return (
    <Card withBorder component="section" aria-label={title}>
      <Group justify="space-between" align="flex-start" mb="xs" wrap="wrap">
        <div className="grow">
          <Title order={2} size="h4">
            {title}
          </Title>
          {intro !== undefined && (
            <Text size="sm" c="dimmed" maw={720}>
              {intro}
            </Text>
          )}
        </div>
        {action}
      </Group>
      {children}
    </Card>
  );
}

/** A table that scrolls in itself where it is too wide, also with the keys. Heads that begin with `#` are of counts. */
export function Columns({
  label,
  heads,
  minWidth = 620,
  children,
}: {
  label: string;
  heads: readonly string[];
  minWidth?: number;
  children: ReactNode;
}) {
  return (
    <Table.ScrollContainer
      minWidth={minWidth}
      scrollAreaProps={{ viewportProps: { tabIndex: 0, 'aria-label': label, role: 'group' } }}
    >
      <Table className="numbers" verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            {heads.map((head) => (
              <Table.Th key={head} scope="col" className={head.startsWith('#') ? 'count' : ''}>
                {head.replace('#', '')}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>{children}</Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

/** What cannot be taken back is done when its word is typed. */
export function Meant({
  isOpen,
  close,
  title,
  text,
  word,
  button,
  work,
}: {
  isOpen: boolean;
  close(): void;
  title: string;
  text: string;
  word: string;
  button: string;
  work(): Promise<void>;
}) {
  return (
    <Modal opened={isOpen} onClose={close} title={title}>
      <MeantForm {...{ close, text, word, button, work }} />
    </Modal>
  );
}

function MeantForm({
  close,
  text,
  word,
  button,
  work,
}: {
  close(): void;
  text: string;
  word: string;
  button: string;
  work(): Promise<void>;
}) {
  const [typed, setTyped] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<Error>();
  const isMeant = typed.trim().toLowerCase() === word;
  const go = async () => {
    setBusy(true);
    try {
      await work();
      close();
    } catch (problem) {
      setError(problem as Error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (isMeant && !isBusy) void go();
      }}
    >
      <Stack>
        <Text>{text}</Text>
        <TextInput
          label={t.retention.typeWord(word)}
          value={typed}
          data-autofocus
          autoComplete="off"
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        {error !== undefined && <Trouble error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {t.cancel}
          </Button>
          <Button type="submit" color="red" disabled={!isMeant} loading={isBusy}>
            {button}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Names with their values, one under the other. */
export function Facts({ facts }: { facts: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
