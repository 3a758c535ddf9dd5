import { Card, Code, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { stringify } from 'yaml';
import { get } from '../api.ts';
import { Answered, PageTitle } from '../parts.tsx';
import { t } from '../texts.ts';

interface Settings {
  sources: { id: string; type: string }[];
  destinations: { id: string; type: string }[];
  routes: object[];
  policies: Record<string, unknown>;
  owners: { number: string; user: string; from: string; to?: string }[];
}

/** The settings that the worker runs with. */
export function SettingsPage() {
  const settings = useQuery({ queryKey: ['settings'], queryFn: () => get<Settings>('/api/settings') });
  return (
    <>
      <PageTitle title={t.settings.title} intro={t.settings.intro} />
      <Answered query={settings}>
        {({ sources, destinations, routes, policies, owners, ...rest }) => (
          <Stack>
            <Section title={t.settings.policies} value={policies} />
            <Owners owners={owners} />
            <Section title={t.settings.routes} value={routes} />
            <Section title={t.settings.sources} value={sources} />
            <Section title={t.settings.destinations} value={destinations} />
            <Section title={t.settings.rest} value={rest} />
          </Stack>
        )}
      </Answered>
    </>
  );
}

function Owners({ owners }: { owners: Settings['owners'] }) {
  return (
    <Card withBorder component="section" aria-label={t.settings.owners}>
      <Title order={2} size="h5" mb="xs">
        {t.settings.owners}
      </Title>
      {owners.length === 0 ? (
        <Text c="dimmed">{t.settings.noOwners}</Text>
      ) : (
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t.columns.number}</Table.Th>
              <Table.Th>{t.settings.user}</Table.Th>
              <Table.Th>{t.from}</Table.Th>
              <Table.Th>{t.to}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {owners.map(({ number, user, from, to }) => (
              <Table.Tr key={`${number} ${from}`}>
                <Table.Td>{number}</Table.Td>
                <Table.Td>{user}</Table.Td>
                <Table.Td>{from}</Table.Td>
                <Table.Td>{to ?? ''}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Card>
  );
}

function Section({ title, value }: { title: string; value: unknown }) {
  return (
    <Card withBorder component="section" aria-label={title}>
      <Title order={2} size="h5" mb="xs">
        {title}
      </Title>
      <Code block tabIndex={0}>
        {stringify(value, { lineWidth: 0 })}
      </Code>
    </Card>
  );
}
