import { Alert, Badge, Button, Group, Loader, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { tones } from './format.ts';
import { t } from './texts.ts';

/** Small things that several pages show. */

export function PageTitle({
  title,
  intro,
  children,
}: {
  title: string;
  intro?: string;
  children?: ReactNode;
}) {
  return (
    <Group justify="space-between" align="flex-start" mb="md" wrap="wrap">
      <div>
        <Title order={1} size="h2">
          {title}
        </Title>
        {intro !== undefined && <Text c="dimmed">{intro}</Text>}
      </div>
      {children}
    </Group>
  );
}

/** What a query gives, or that it is on its way, or why it cannot be had. */
export function Answered<T>({
  query,
  children,
}: {
  query: { data: T | undefined; error: Error | null; refetch(): unknown };
  children: (data: T) => ReactNode;
}) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.error !== null) return <Trouble error={query.error} retry={() => void query.refetch()} />;
  return (
    <Group p="md" role="status">
      <Loader size="sm" aria-hidden />
      <Text c="dimmed">{t.loading}</Text>
    </Group>
  );
}

export function Trouble({ error, retry }: { error: Error; retry?: () => void }) {
  const text = error instanceof TypeError ? t.notReached : error.message;
  return (
    <Alert color="red" variant="light" role="alert">
      <Stack gap="xs" align="flex-start">
        <Text>{text}</Text>
        {retry && (
          <Button size="xs" variant="default" onClick={retry}>
            {t.retry}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

export function StateBadge({ state, text }: { state: string; text?: string }) {
  return (
    <Badge
      className={`state state-${tones[state] ?? 'gray'}`}
      variant="light"
      color={tones[state] ?? 'gray'}
      tt="none"
    >
      {text ?? t.states[state] ?? state}
    </Badge>
  );
}

export function Nothing({ children }: { children: ReactNode }) {
  return (
    <Text c="dimmed" p="lg" ta="center">
      {children}
    </Text>
  );
}

export function Day({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string;
  onChange(value: string): void;
}) {
  return (
    <label className="field">
      <span>{label}</span>
      <input type="date" value={value} onChange={(event) => onChange(event.currentTarget.value)} />
    </label>
  );
}
