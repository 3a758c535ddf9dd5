import { Button, Group, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { change, get } from '../api.ts';
import { dayBefore } from '../format.ts';
import { Day, Trouble } from '../parts.tsx';
import { useMe } from '../session.ts';
import { t } from '../texts.ts';
import type { CompareStep, Status } from '../types.ts';

/** Compares the records of some days with every CRM, a step after the other, while the page is open. */
export function CompareNow() {
  const me = useMe();
  const client = useQueryClient();
  const [from, setFrom] = useState(dayBefore(1));
  const [to, setTo] = useState(dayBefore(0));
  const [said, setSaid] = useState<string>(t.drift.reconcileHint);
  const [error, setError] = useState<Error>();
  const [isBusy, setBusy] = useState(false);
  const isLeft = useRef(false);
  useEffect(() => {
    isLeft.current = false;
    return () => void (isLeft.current = true);
  }, []);
  const status = useQuery({ queryKey: ['status'], queryFn: () => get<Status>('/api/status') });
  if (!me.isAdmin) return null;
  const compare = async () => {
    setBusy(true);
    setError(undefined);
    const sums = { checked: 0, differ: 0 };
    try {
      for (const { destination } of status.data?.destinations ?? []) {
        let after: string | undefined;
        do {
          const body = { destination, after, from: from || undefined, to: to || undefined };
          const step = await change<CompareStep>('POST', '/api/reconcile', body);
          sums.checked += step.checked;
          sums.differ += step.missing + step.changed + step.moved + step.double;
          after = step.next;
          setSaid(t.drift.comparing(sums.checked));
        } while (after !== undefined && !isLeft.current);
      }
      setSaid(t.drift.compared(sums.checked, sums.differ));
    } catch (problem) {
      setError(problem as Error);
    } finally {
      setBusy(false);
      await Promise.all([['drift'], ['status']].map((queryKey) => client.invalidateQueries({ queryKey })));
    }
  };
  return (
    <div>
      <Group align="flex-end" gap="xs">
        <Day label={t.from} value={from} onChange={setFrom} />
        <Day label={t.to} value={to} onChange={setTo} />
        <Button variant="default" loading={isBusy} disabled={!status.data} onClick={() => void compare()}>
          {t.drift.reconcile}
        </Button>
      </Group>
      <Text size="sm" c="dimmed" maw={420} aria-live="polite">
        {said}
      </Text>
      {error !== undefined && <Trouble error={error} />}
    </div>
  );
}
