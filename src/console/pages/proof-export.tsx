import { Button, Checkbox, Group, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { address } from '../api.ts';
import { Day } from '../parts.tsx';
import { useMe } from '../session.ts';
import { Section } from '../tables.tsx';
import { t } from '../texts.ts';

const names = ['person', 'number', 'owner', 'from', 'to'] as const;
const nothing: Record<(typeof names)[number], string> = {
  person: '',
  number: '',
  owner: '',
  from: '',
  to: '',
};

/** Takes records out for an examination. */
export function ExportForm() {
  const me = useMe();
  const [choice, setChoice] = useState(nothing);
  const [formats, setFormats] = useState(['html', 'json', 'csv']);
  const [isAll, setAll] = useState(false);
  const set = (name: (typeof names)[number], value: string) =>
    setChoice((before) => ({ ...before, [name]: value }));
  const given = Object.fromEntries(names.map((name) => [name, choice[name].trim()]));
  const isChosen = isAll || names.some((name) => given[name] !== '');
  const link = address('/api/export/records.zip', {
    ...(isAll ? { all: 'true' } : given),
    // An empty value would be left out of the address, and mean the usual ones.
    formats: formats.length === 0 ? ',' : formats.join(','),
  });
  return (
    <Section title={t.export.title} intro={t.export.intro}>
      {me.mayRead ? (
        <Stack gap="sm">
          <fieldset className="plain" disabled={isAll}>
            <SimpleGrid cols={{ base: 1, xs: 2, lg: 3 }}>
              {(['person', 'number', 'owner'] as const).map((name) => (
                <TextInput
                  key={name}
                  label={t.export[name]}
                  description={hints[name]}
                  value={choice[name]}
                  onChange={(event) => set(name, event.currentTarget.value)}
                />
              ))}
              <Day label={t.from} value={choice.from} onChange={(value) => set('from', value)} />
              <Day label={t.to} value={choice.to} onChange={(value) => set('to', value)} />
            </SimpleGrid>
          </fieldset>
          <Checkbox label={t.export.all} checked={isAll} onChange={() => setAll(!isAll)} />
          <Checkbox.Group label={t.export.formats} value={formats} onChange={setFormats}>
            <Group mt={4}>
              {Object.entries(t.export.format).map(([value, label]) => (
                <Checkbox key={value} value={value} label={label} />
              ))}
            </Group>
          </Checkbox.Group>
          <Group>
            {isChosen ? (
              // A page of its own: what the export refuses is said there, and a zip is saved without one.
              <Button component="a" href={link} target="_blank" rel="noopener">
                {t.export.button}
              </Button>
            ) : (
              <>
                <Button disabled>{t.export.button}</Button>
                <Text size="sm" c="dimmed">
                  {t.export.choose}
                </Text>
              </>
            )}
          </Group>
        </Stack>
      ) : (
        <Text c="dimmed">{t.proof.needs}</Text>
      )}
    </Section>
  );
}

const hints: Record<'person' | 'number' | 'owner', string> = {
  person: t.export.personHint,
  number: '+49 30 …',
  owner: t.export.ownerHint,
};
