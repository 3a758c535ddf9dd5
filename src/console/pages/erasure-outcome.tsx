import { Card, List, Text } from '@mantine/core';
import { countText } from '../format.ts';
import { Facts } from '../tables.tsx';
import { t } from '../texts.ts';
import type { ErasureAnswer } from '../types.ts';

/** What becomes, or became, of a request for erasure. */
export function Outcome({ answer }: { answer: ErasureAnswer }) {
  const { dryRun, found, erased, held, obliged, waiting, state, unread, records, left, earlier } = answer;
  return (
    <Card withBorder padding="sm" role="status">
      <Facts
        facts={[
          [t.retention.ofFound, countText(found)],
          [dryRun ? t.retention.wouldErase : t.retention.erased, <b>{countText(erased)}</b>],
          [t.retention.heldCount, countText(held)],
          [t.retention.obliged, countText(obliged)],
          ...(waiting > 0 ? [[t.retention.waitingCount, countText(waiting)] as const] : []),
          [t.retention.state, <b>{t.retention.states[state]}</b>],
        ]}
      />
      {unread > 0 && <Text size="sm">{t.retention.unread(unread)}</Text>}
      {earlier.length > 0 && <Text size="sm">{t.retention.earlier(earlier.length)}</Text>}
      {left.length > 0 && (
        <>
          <Text size="sm" fw={600} mt="xs">
            {t.retention.left}
          </Text>
          <List size="sm">
            {left.map((text) => (
              <List.Item key={text}>{text}</List.Item>
            ))}
          </List>
        </>
      )}
      {records.length === 0 ? (
        <Text size="sm" c="dimmed" mt="xs">
          {t.retention.noCrm}
        </Text>
      ) : (
        <details className="values">
          <summary>
            {t.retention.inCrm} ({countText(records.length)})
          </summary>
          <List size="sm">
            {records.map(({ destination, key, kind, id }) => (
              <List.Item key={`${destination} ${key} ${kind} ${id}`}>
                {destination} · {t.retention.kinds[kind]} · <span className="code">{id}</span>
              </List.Item>
            ))}
          </List>
        </details>
      )}
    </Card>
  );
}
