import { Card, Stack, Table, Text, Title } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { change } from '../api.ts';
import { timeText } from '../format.ts';
import { Answered } from '../parts.tsx';
import { t } from '../texts.ts';
import type { Preview } from '../types.ts';

/** What the draft makes of real messages and calls, while it is edited. */
export function PreviewPane({
  id,
  text,
  isWrong,
}: {
  id: string;
  text: string;
  part: string;
  isWrong: boolean;
}) {
  const preview = useQuery({
    queryKey: ['preview', id, text],
    queryFn: () => change<Preview[]>('POST', `/api/mappings/${id}/preview`, { text }),
    placeholderData: keepPreviousData,
    retry: false,
  });
  return (
    <Card withBorder component="section" aria-label={t.mappings.preview}>
      <Title order={2} size="h5">
        {t.mappings.preview}
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        {t.mappings.previewHint}
      </Text>
      {isWrong && preview.error !== null ? (
        <Text c="dimmed">{t.mappings.noPreview}</Text>
      ) : (
        <Answered query={preview}>
          {(records) => (
            <Stack gap="md" data-testid="preview">
              {records.slice(0, 5).map((record) => (
                <Record key={`${record.object} ${record.key} ${record.occurredAt}`} record={record} />
              ))}
            </Stack>
          )}
        </Answered>
      )}
    </Card>
  );
}

function Record({ record: { object, title, occurredAt, fields, match, mistakes } }: { record: Preview }) {
  return (
    <div>
      <Text fw={600}>{title}</Text>
      <Text size="xs" c="dimmed">
        {object} · {timeText(occurredAt)} · {match}
      </Text>
      {mistakes.map((mistake) => (
        <Text key={mistake} size="sm" c="red">
          {mistake}
        </Text>
      ))}
      <Table layout="fixed" verticalSpacing={2}>
        <Table.Tbody>
          {Object.entries(fields).map(([name, value]) => (
            <Table.Tr key={name}>
              <Table.Th scope="row" w="38%">
                <Text size="xs" className="value">
                  {name}
                </Text>
              </Table.Th>
              <Table.Td>
                <Text size="xs" className="value" lineClamp={6}>
                  {String(value ?? '')}
                </Text>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
