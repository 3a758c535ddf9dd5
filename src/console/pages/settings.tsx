import { Card, Code, Stack, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { stringify } from 'yaml';
import { get } from '../api.ts';
import { Answered, PageTitle } from '../parts.tsx';
import { t } from '../texts.ts';
import { RulesEditor, type RulesView } from './rules.tsx';

type Settings = Record<'sources' | 'destinations' | 'routes', unknown> & {
  policies: Record<string, unknown>;
  owners: unknown;
};

/** The settings that the worker runs with: policies and owners are edited here, the rest stands in the file. */
export function SettingsPage() {
  const settings = useQuery({ queryKey: ['settings'], queryFn: () => get<Settings>('/api/settings') });
  const rules = useQuery({ queryKey: ['rules'], queryFn: () => get<RulesView>('/api/rules') });
  return (
    <>
      <PageTitle title={t.settings.title} intro={t.settings.intro} />
      <Stack>
        <Answered query={rules}>{(view) => <RulesEditor key={view.version} view={view} />}</Answered>
        <Answered query={settings}>
          {({ sources, destinations, routes, policies, owners: _owners, ...rest }) => {
            const { defaultRegion, excludeWhen, onlyWhen } = policies;
            return (
              <>
                <Section title={t.settings.fixed} value={{ defaultRegion, excludeWhen, onlyWhen }} />
                <Section title={t.settings.routes} value={routes} />
                <Section title={t.settings.sources} value={sources} />
                <Section title={t.settings.destinations} value={destinations} />
                <Section title={t.settings.rest} value={rest} />
              </>
            );
          }}
        </Answered>
      </Stack>
    </>
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
