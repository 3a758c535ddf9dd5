import { Anchor, Divider, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { get } from '../api.ts';
import { timeText } from '../format.ts';
import { Answered, StateBadge } from '../parts.tsx';
import { t } from '../texts.ts';
import type { Activity, Chat, WholeView } from '../types.ts';
import { VersionsOf } from './versions.tsx';

/** What the CRM has of a chat, or of one message of it. */
export function Details({ chat, chosen }: { chat: Chat; chosen: string | undefined }) {
  return (
    <Stack p="sm" gap="sm">
      <Title order={2} size="h5">
        {t.chats.whole}
      </Title>
      {chat.contacts.length === 0 && <Text c="dimmed">{t.chats.notThere}</Text>}
      {chat.contacts.map(({ destination, type, id, name, match, url }) => (
        <div key={`${destination} ${type} ${id}`}>
          <Text size="sm" c="dimmed">
            {destination} · {type}
          </Text>
          <Linked text={name ?? id} url={url} />
          {match !== undefined && (
            <Text size="sm">
              {t.chats.why}: {match}
            </Text>
          )}
        </div>
      ))}
      <Divider />
      <Title order={2} size="h5">
        {t.chats.details}
      </Title>
      {chosen === undefined ? <Text c="dimmed">{t.chats.detailsHint}</Text> : <OfMessage id={chosen} />}
    </Stack>
  );
}

function OfMessage({ id }: { id: string }) {
  const view = useQuery({
    queryKey: ['interaction', id],
    queryFn: () => get<WholeView>(`/api/interactions/${id}`),
    refetchInterval: 5_000,
  });
  return (
    <Answered query={view}>
      {({ activities, events, receipts, revision }) => (
        <>
          {activities.map((activity) => (
            <InCrm
              key={activity.destination}
              activity={activity}
              receipts={receipts.filter(({ destination }) => destination === activity.destination)}
            />
          ))}
          <Text size="sm" c="dimmed">
            {t.chats.events(events.length)} · {t.chats.revision(revision)}
          </Text>
          <VersionsOf key={id} id={id} />
        </>
      )}
    </Answered>
  );
}

function InCrm({ activity, receipts }: { activity: Activity; receipts: WholeView['receipts'] }) {
  const { destination, state, contact, match, reason, recordId, recordUrl, contactUrl } = activity;
  return (
    <div>
      <Text fw={600}>
        {destination} <StateBadge state={state} />
      </Text>
      {reason !== undefined && state !== 'delivered' && <Text size="sm">{reason}</Text>}
      {contact !== undefined && (
        <Text size="sm">
          {t.chats.contact}: <Linked text={contact.name ?? contact.id} url={contactUrl} />
        </Text>
      )}
      {match !== undefined && (
        <Text size="sm">
          {t.chats.why}: {match}
        </Text>
      )}
      {recordId !== undefined && (
        <Text size="sm">
          {t.chats.record}: <Linked text={recordId} url={recordUrl} />
        </Text>
      )}
      {receipts.length > 0 && (
        <details>
          <summary>{t.chats.history}</summary>
          {receipts.map((receipt) => (
            <Text key={`${receipt.at} ${receipt.revision} ${receipt.outcome}`} size="sm">
              {timeText(receipt.at)} {receipt.outcome} · {t.chats.revision(receipt.revision)} ·{' '}
              {t.chats.mapping} {receipt.mappingVersion}
              {receipt.code !== undefined && ` · ${receipt.code}`}
            </Text>
          ))}
        </details>
      )}
    </div>
  );
}

function Linked({ text, url }: { text: string; url?: string | undefined }) {
  if (url === undefined) return <span>{text}</span>;
  return (
    <Anchor href={url} target="_blank" rel="noreferrer" title={t.openInCrm}>
      {text}
    </Anchor>
  );
}
