import { Button, Card, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { change, get } from '../api.ts';
import { timeText } from '../format.ts';
import { Answered, Trouble } from '../parts.tsx';
import { t } from '../texts.ts';
import type { MappingVersion, Page } from '../types.ts';
import { say } from '../undo.tsx';

/** Every published version: who, when, why, and what it changed. */
export function History({
  id,
  current,
  isFixed,
  done,
}: {
  id: string;
  current: string;
  isFixed: boolean;
  done(): void;
}) {
  const [error, setError] = useState<Error>();
  const versions = useQuery({
    queryKey: ['versions', id, current],
    queryFn: () => get<Page<MappingVersion>>(`/api/mappings/${id}/versions`),
  });
  const rollBack = async (version: string) => {
    try {
      await change('POST', `/api/mappings/${id}/rollback`, {
        version,
        why: `${t.mappings.rollBack}: ${version}`,
      });
      say(t.mappings.done);
      done();
    } catch (problem) {
      setError(problem as Error);
    }
  };
  return (
    <Stack gap="xs">
      {error !== undefined && <Trouble error={error} />}
      <Answered query={versions}>
        {({ items }) =>
          items.map(({ id: nth, version, author, at, why, difference }, place) => (
            <Card key={nth} withBorder padding="sm">
              <Group justify="space-between" align="flex-start">
                <div className="grow">
                  <Text fw={600}>
                    {t.mappings.version} {version} {place === 0 && `· ${t.mappings.inUse}`}
                  </Text>
                  <Text size="sm">
                    {timeText(at)} {t.mappings.by} {author}: {why}
                  </Text>
                  {difference.map((line) => (
                    <Text key={line} size="xs" c="dimmed" className="value">
                      {line}
                    </Text>
                  ))}
                </div>
                {!isFixed && version !== current && (
                  <Button size="xs" variant="default" onClick={() => void rollBack(version)}>
                    {t.mappings.rollBack}
                  </Button>
                )}
              </Group>
            </Card>
          ))
        }
      </Answered>
    </Stack>
  );
}
