import { Alert, Badge, Button, Group, SegmentedControl, Tabs, Text, Textarea } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Redirect, useLocation } from 'wouter';
import { change, get } from '../api.ts';
import { keepDraft, keptDraft, partsOf, readDraft, type Draft } from '../draft.ts';
import { Answered, PageTitle } from '../parts.tsx';
import { useMe } from '../session.ts';
import { t } from '../texts.ts';
import type { Finding, Mapping, MappingFields, Status } from '../types.ts';
import { History } from './mapping-history.tsx';
import { PreviewPane } from './mapping-preview.tsx';
import { Publish } from './mapping-publish.tsx';
import { Rules } from './mapping-rules.tsx';

/** Which field of the CRM gets which value: edited as a draft, seen at once, published when it is right. */
export function MappingsPage({ chosen }: { chosen: string | undefined }) {
  const [, go] = useLocation();
  const status = useQuery({ queryKey: ['status'], queryFn: () => get<Status>('/api/status') });
  return (
    <Answered query={status}>
      {({ destinations }) => {
        const ids = destinations.map(({ destination }) => destination);
        const [first] = ids;
        if (chosen === undefined || !ids.includes(chosen)) {
          return first === undefined ? null : <Redirect to={`/mappings/${first}`} replace />;
        }
        return (
          <>
            <PageTitle title={t.mappings.title} intro={t.mappings.intro}>
              <SegmentedControl
                aria-label={t.mappings.destination}
                value={chosen}
                data={ids}
                onChange={(id) => go(`/mappings/${id}`)}
              />
            </PageTitle>
            <OfDestination key={chosen} id={chosen} />
          </>
        );
      }}
    </Answered>
  );
}

function OfDestination({ id }: { id: string }) {
  const mapping = useQuery({ queryKey: ['mapping', id], queryFn: () => get<Mapping>(`/api/mappings/${id}`) });
  return <Answered query={mapping}>{(current) => <Editor id={id} current={current} />}</Answered>;
}

function Editor({ id, current }: { id: string; current: Mapping }) {
  const me = useMe();
  const client = useQueryClient();
  const [draft, setDraft] = useState<Draft | undefined>(() => keptDraft(id));
  const [part, setPart] = useState('message');
  const text = draft?.text ?? current.text;
  const [settled] = useDebouncedValue(text, 300);
  const fields = useQuery({
    queryKey: ['fields', id],
    queryFn: () => get<{ items: MappingFields[] }>(`/api/mappings/${id}/fields`),
    staleTime: 60_000,
  });
  const check = useQuery({
    queryKey: ['check', id, settled],
    queryFn: () => change<{ findings: Finding[] }>('POST', `/api/mappings/${id}/check`, { text: settled }),
    placeholderData: keepPreviousData,
    enabled: me.isAdmin,
  });
  const edit = (next: string) => {
    const changed =
      next === current.text ? undefined : { text: next, after: draft?.after ?? current.version };
    keepDraft(id, changed);
    setDraft(changed);
  };
  const published = () => {
    edit(current.text);
    void client.invalidateQueries();
  };
  const document = readDraft(text);
  const mistakes = check.data?.findings.filter(({ level }) => level === 'error') ?? [];
  const isStale = draft !== undefined && draft.after !== current.version;
  return (
    <>
      <Group mb="sm" justify="space-between" wrap="wrap">
        <Badge
          color={draft === undefined ? 'teal.9' : 'yellow.5'}
          variant="filled"
          size="lg"
          tt="none"
          autoContrast
        >
          {draft === undefined ? `${t.mappings.published} · ${current.version}` : t.mappings.draft}
        </Badge>
        {me.isAdmin ? (
          <Group gap="xs">
            <Button
              variant="default"
              size="sm"
              disabled={draft === undefined}
              onClick={() => edit(current.text)}
            >
              {t.mappings.discard}
            </Button>
            <Publish id={id} draft={draft} isWrong={mistakes.length > 0} done={published} />
          </Group>
        ) : (
          <Text c="dimmed">{t.mappings.readOnly}</Text>
        )}
      </Group>
      {isStale && (
        <Alert color="yellow" mb="sm">
          {t.mappings.changedMeanwhile}
        </Alert>
      )}
      <div className="map">
        <div>
          <Mistakes mistakes={mistakes} />
          <Tabs defaultValue="fields" keepMounted={false}>
            <Tabs.List>
              <Tabs.Tab value="fields">{t.mappings.fields}</Tabs.Tab>
              <Tabs.Tab value="text">{t.mappings.text}</Tabs.Tab>
              <Tabs.Tab value="history">{t.mappings.history}</Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel value="fields" pt="sm">
              {document === undefined ? (
                <Alert color="red">{t.mappings.unreadable}</Alert>
              ) : (
                <>
                  <SegmentedControl
                    aria-label={t.mappings.part}
                    value={part}
                    onChange={setPart}
                    data={partsOf(document).map((value) => ({
                      value,
                      label: t.mappings.parts[value] ?? value,
                    }))}
                  />
                  <Answered query={fields}>
                    {({ items }) => (
                      <Rules
                        key={part}
                        text={text}
                        part={part}
                        known={items.find((one) => one.part === part)}
                        mistakes={mistakes}
                        isFixed={!me.isAdmin}
                        edit={edit}
                      />
                    )}
                  </Answered>
                </>
              )}
            </Tabs.Panel>
            <Tabs.Panel value="text" pt="sm">
              <Textarea
                className="mono"
                aria-label={t.mappings.text}
                autosize
                minRows={20}
                maxRows={40}
                value={text}
                readOnly={!me.isAdmin}
                spellCheck={false}
                onChange={(event) => edit(event.currentTarget.value)}
              />
            </Tabs.Panel>
            <Tabs.Panel value="history" pt="sm">
              <History id={id} current={current.version} isFixed={!me.isAdmin} done={published} />
            </Tabs.Panel>
          </Tabs>
        </div>
        {me.isAdmin && <PreviewPane id={id} text={settled} part={part} isWrong={mistakes.length > 0} />}
      </div>
    </>
  );
}

function Mistakes({ mistakes }: { mistakes: readonly Finding[] }) {
  if (mistakes.length === 0) return null;
  return (
    <Alert color="red" mb="sm" title={t.mappings.mistakes} role="alert">
      {mistakes.map(({ subject, text }) => (
        <Text key={`${subject} ${text}`} size="sm">
          {text.startsWith(subject) ? text : `${subject}: ${text}`}
        </Text>
      ))}
    </Alert>
  );
}
