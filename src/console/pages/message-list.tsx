import { Button } from '@mantine/core';
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { dayText } from '../format.ts';
import { Answered, Nothing } from '../parts.tsx';
import { t } from '../texts.ts';
import type { Page, View } from '../types.ts';
import { Bubble } from './bubble.tsx';

interface Props {
  /** pages with the newest first */
  query: UseInfiniteQueryResult<InfiniteData<Page<View>>>;
  /** key of the message that is marked */
  chosen: string | undefined;
  /** undefined: messages cannot be chosen */
  choose?: (key: string) => void;
  /** address of a file, by the interaction's key and the file's hash */
  fileUrl: (key: string, sha256: string) => string;
  /** shows what came later than what is shown */
  newer?: (() => void) | undefined;
}

/** A chat: the newest at the bottom, older ones are loaded at the top. */
export function MessageList({ query, chosen, choose, fileUrl, newer }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const isThere = query.data !== undefined;
  useEffect(() => {
    const marked = place.current?.querySelector('[data-at="true"]');
    if (marked) marked.scrollIntoView({ block: 'center' });
    else if (place.current) place.current.scrollTop = place.current.scrollHeight;
  }, [isThere]);
  return (
    <div className="scroll" ref={place} tabIndex={0} role="group" aria-label={t.chats.messages}>
      <Answered query={query}>
        {({ pages }) => {
          const views = pages.flatMap((page) => page.items).toReversed();
          if (views.length === 0) return <Nothing>{t.chats.empty}</Nothing>;
          return (
            <div className="messages">
              {query.hasNextPage && (
                <Button
                  variant="default"
                  size="xs"
                  mx="auto"
                  loading={query.isFetchingNextPage}
                  onClick={() => void query.fetchNextPage()}
                >
                  {t.chats.earlier}
                </Button>
              )}
              {views.map((view, at) => {
                const { key, occurredAt } = view.interaction;
                const before = views[at - 1]?.interaction.occurredAt.slice(0, 10);
                return (
                  <div key={key} className="row" data-at={key === chosen}>
                    {before !== occurredAt.slice(0, 10) && <div className="day">{dayText(occurredAt)}</div>}
                    <Bubble
                      view={view}
                      isChosen={key === chosen}
                      choose={choose && (() => choose(key))}
                      fileUrl={fileUrl}
                    />
                  </div>
                );
              })}
              {newer && (
                <Button variant="default" size="xs" mx="auto" onClick={newer}>
                  {t.chats.newer}
                </Button>
              )}
            </div>
          );
        }}
      </Answered>
    </div>
  );
}
