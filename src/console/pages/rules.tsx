import {
  ActionIcon,
  Button,
  Card,
  Group,
  NativeSelect,
  NumberInput,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError, change, get } from '../api.ts';
import { timeText } from '../format.ts';
import { Answered, Day, Trouble } from '../parts.tsx';
import { useMe } from '../session.ts';
import { t } from '../texts.ts';
import type { Page } from '../types.ts';
import { say } from '../undo.tsx';

interface Owner {
  number: string;
  user: string;
  from: string;
  to?: string;
}

interface Rules {
  policies: Record<string, string | number | string[] | undefined>;
  owners: Owner[];
}

export interface RulesView {
  version: string;
  origin: string;
  author: string;
  why: string;
  at: string;
  rules: Rules;
}

const choices = {
  granularity: ['message', 'day', 'conversation'],
  unmatched: ['park', 'ignore', 'create-contact', 'create-lead'],
  multiple: ['park', 'newest', 'oldest', 'owner'],
  statuses: ['none', 'failed', 'final'],
  changes: ['update', 'insert-only'],
  parkedEnd: ['ignore', 'fail', 'purge'],
  propose: ['none', 'last-seven-digits'],
} as const;

/** Policies and owners: changed here, used by the worker within seconds, with every version kept. */
export function RulesEditor({ view }: { view: RulesView }) {
  const me = useMe();
  const client = useQueryClient();
  const [rules, setRules] = useState<Rules>(view.rules);
  const [why, setWhy] = useState('');
  const [error, setError] = useState<Error>();
  const isChanged = JSON.stringify(rules) !== JSON.stringify(view.rules);
  const problems = error instanceof ApiError ? error.faults : [];
  const problemOf = (path: string) => problems.find((one) => one.path === path)?.text;
  const policy = (name: string, value: string | number | string[] | undefined) =>
    setRules((before) => ({ ...before, policies: { ...before.policies, [name]: value } }));
  const publish = async () => {
    try {
      await change('PUT', '/api/rules', { rules, why, after: view.version });
      setError(undefined);
      say(t.settings.published);
      await client.invalidateQueries();
    } catch (problem) {
      setError(problem as Error);
    }
  };
  const { policies } = rules;
  return (
    <Card withBorder component="section" aria-label={t.settings.policies}>
      <Title order={2} size="h4">
        {t.settings.policies}
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        {t.settings.policiesHint} {timeText(view.at)} {t.mappings.by} {view.author}: {view.why}
      </Text>
      <fieldset className="plain" disabled={!me.isAdmin}>
        <SimpleGrid cols={{ base: 1, xs: 2, lg: 3 }}>
          {Object.entries(choices).map(([name, values]) => (
            <NativeSelect
              key={name}
              label={t.settings.policy[name]}
              description={name}
              value={String(policies[name])}
              data={[...values]}
              error={problemOf(`policies.${name}`)}
              onChange={(event) => policy(name, event.currentTarget.value)}
            />
          ))}
          <TextInput
            label={t.settings.policy['conversationGap']}
            description="conversationGap"
            value={String(policies['conversationGap'] ?? '')}
            error={problemOf('policies.conversationGap')}
            onChange={(event) => policy('conversationGap', event.currentTarget.value)}
          />
          <NumberInput
            label={t.settings.policy['parkedDays']}
            description="parkedDays"
            min={1}
            value={(policies['parkedDays'] as number | undefined) ?? ''}
            error={problemOf('policies.parkedDays')}
            onChange={(value) => policy('parkedDays', value === '' ? undefined : Number(value))}
          />
        </SimpleGrid>
        <Owners owners={rules.owners} set={(owners) => setRules((before) => ({ ...before, owners }))} />
      </fieldset>
      {error !== undefined && <Trouble error={error} />}
      {me.isAdmin ? (
        <Group mt="md" align="flex-end">
          <TextInput
            label={t.mappings.why}
            value={why}
            className="grow"
            onChange={(event) => setWhy(event.currentTarget.value)}
          />
          <Button variant="default" disabled={!isChanged} onClick={() => setRules(view.rules)}>
            {t.mappings.discard}
          </Button>
          <Button disabled={!isChanged || why.trim() === ''} onClick={() => void publish()}>
            {t.mappings.publish}
          </Button>
        </Group>
      ) : (
        <Text c="dimmed">{t.settings.readOnly}</Text>
      )}
      <History current={view.version} />
    </Card>
  );
}

function Owners({ owners, set }: { owners: readonly Owner[]; set(owners: Owner[]): void }) {
  const edit = (at: number, more: Partial<Owner>) =>
    set(owners.map((one, place) => (place === at ? { ...one, ...more } : one)));
  return (
    <Stack gap="xs" mt="md">
      <Title order={3} size="h5">
        {t.settings.owners}
      </Title>
      {owners.length === 0 && <Text c="dimmed">{t.settings.noOwners}</Text>}
      {owners.map(({ number, user, from, to }, at) => (
        <Group key={at} align="flex-end" gap="xs">
          <TextInput
            label={t.columns.number}
            value={number}
            onChange={(event) => edit(at, { number: event.currentTarget.value })}
          />
          <TextInput
            label={t.settings.user}
            value={user}
            className="grow"
            onChange={(event) => edit(at, { user: event.currentTarget.value })}
          />
          <Day label={t.from} value={from} onChange={(value) => edit(at, { from: value })} />
          <Day
            label={t.to}
            value={to ?? ''}
            onChange={(value) => edit(at, { to: value === '' ? undefined : value })}
          />
          <ActionIcon
            variant="default"
            size="lg"
            aria-label={t.mappings.remove(`${number} ${user}`)}
            onClick={() => set(owners.filter((_one, place) => place !== at))}
          >
            ×
          </ActionIcon>
        </Group>
      ))}
      <div>
        <Button
          variant="default"
          size="xs"
          onClick={() =>
            set([...owners, { number: '', user: '', from: new Date().toISOString().slice(0, 10) }])
          }
        >
          {t.settings.addOwner}
        </Button>
      </div>
    </Stack>
  );
}

/** Every version with its date, and the way back to it. */
function History({ current }: { current: string }) {
  const me = useMe();
  const client = useQueryClient();
  const [error, setError] = useState<Error>();
  const versions = useQuery({
    queryKey: ['rules-versions', current],
    queryFn: () => get<Page<RulesView>>('/api/rules/versions'),
  });
  const rollBack = async (version: string) => {
    try {
      await change('POST', '/api/rules/rollback', { version, why: `${t.mappings.rollBack}: ${version}` });
      say(t.settings.published);
      await client.invalidateQueries();
    } catch (problem) {
      setError(problem as Error);
    }
  };
  return (
    <details className="values">
      <summary>{t.mappings.history}</summary>
      {error !== undefined && <Trouble error={error} />}
      <Answered query={versions}>
        {({ items }) =>
          items.map(({ version, author, at, why }, place) => (
            <Group key={`${version} ${at}`} justify="space-between" py={4}>
              <Text size="sm">
                {timeText(at)} {t.mappings.by} {author}: {why} {place === 0 && `· ${t.mappings.inUse}`}
              </Text>
              {me.isAdmin && version !== current && (
                <Button size="xs" variant="default" onClick={() => void rollBack(version)}>
                  {t.mappings.rollBack}
                </Button>
              )}
            </Group>
          ))
        }
      </Answered>
    </details>
  );
}
