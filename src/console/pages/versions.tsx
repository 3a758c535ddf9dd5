import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { get } from '../api.ts';
import { timeText } from '../format.ts';
import { Answered } from '../parts.tsx';
import { t } from '../texts.ts';
import type { Versions } from '../types.ts';

/** What a message or call was after each of its events; asked for when it is opened. */
export function VersionsOf({ id }: { id: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t.chats.versions}</summary>
      {isOpen && <List id={id} />}
    </details>
  );
}

function List({ id }: { id: string }) {
  const versions = useQuery({
    queryKey: ['versions', id],
    queryFn: () => get<Versions>(`/api/interactions/${id}/versions`),
  });
  return (
    <Answered query={versions}>
      {(found) =>
        found.versions.map(({ number, at, event, by, changed, interaction }) => (
          <Text key={number} size="sm">
            {number} · {timeText(at)} · {event.kind} {t.chats.causes[by]}
            {changed.length > 0 && ` · ${changed.join(', ')}`}
            {wordsOf(interaction) !== undefined && (
              <Text span size="sm" display="block" className="value">
                {wordsOf(interaction)}
              </Text>
            )}
          </Text>
        ))
      }
    </Answered>
  );
}

function wordsOf({ content }: Readonly<Record<string, unknown>>): string | undefined {
  const { text } = (content ?? {}) as { text?: unknown };
  return typeof text === 'string' && text !== '' ? text : undefined;
}
