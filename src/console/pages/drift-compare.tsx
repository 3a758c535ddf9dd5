import { Button, Group, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { change, get } from '../api.ts';
import { Trouble } from '../parts.tsx';
import { useMe } from '../session.ts';
import { t } from '../texts.ts';
import type { CompareStep, Status } from '../types.ts';

/** Compares the records that are due with every CRM, a step after the other. */
export function CompareNow() {
  const me = useMe();
  const client = useQueryClient();
  const [said, setSaid] = useState<string>(t.drift.reconcileHint);
  const [error, setError] = useState<Error>();
  const [isBusy, setBusy] = useState(false);
  const status = useQuery({ queryKey: ['status'], queryFn: () => get<Status>('/api/status') });
  if (!me.isAdmin) return null;
  const compare = async () => {
    setBusy(true);
    setError(undefined);
    try {
      const sums = { checked: 0, differ: 0 };
      for (const { destination } of status.data?.destinations ?? []) {
        for (let after: string | undefined, isFirst = true; isFirst || after !== undefined; isFirst = false) {
          const step = await change<CompareStep>('POST', '/api/reconcile', { destination, after });
          sums.checked += step.checked;
          sums.differ += step.missing + step.changed + step.moved + step.double;
          after = step.next;
          setSaid(t.drift.comparing(sums.checked));
        }
      }
      setSaid(t.drift.compared(sums.checked, sums.differ));
    } catch (problem) {
      setError(problem as Error);
    } finally {
      setBusy(false);
      await client.invalidateQueries({ queryKey: ['drift'] });
    }
  };
  return (
    <div>
      <Group justify="flex-end">
        <Button variant="default" loading={isBusy} disabled={!status.data} onClick={() => void compare()}>
          {t.drift.reconcile}
        </Button>
      </Group>
      <Text size="sm" c="dimmed" maw={360} aria-live="polite">
        {said}
      </Text>
      {error !== undefined && <Trouble error={error} />}
    </div>
  );
}
