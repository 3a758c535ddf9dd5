import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { change } from '../api.ts';
import { useMe } from '../session.ts';
import { t } from '../texts.ts';
import type { Drift } from '../types.ts';
import { later, say } from '../undo.tsx';

/** Ours again, or theirs from now on; done in a few seconds, unless the person thinks better of it. */
export function DriftDecisions({ drift: { destination, key, recordId } }: { drift: Drift }) {
  const me = useMe();
  const client = useQueryClient();
  if (!me.isAdmin) return null;
  const decide = (verb: 'restore' | 'accept', soon: string, done: string) =>
    later(soon, async (isLeaving) => {
      await change('POST', `/api/drift/${encodeURIComponent(destination)}/${key}/${verb}`, {}, isLeaving);
      say(done);
      await Promise.all(
        [['drift'], ['drift-view'], ['status']].map((queryKey) => client.invalidateQueries({ queryKey })),
      );
    });
  return (
    <>
      <Button
        size="xs"
        variant="default"
        onClick={() => decide('restore', t.drift.restoring(recordId), t.drift.restored)}
      >
        {t.drift.restore}
      </Button>
      <Button
        size="xs"
        variant="default"
        onClick={() => decide('accept', t.drift.accepting(recordId), t.drift.accepted)}
      >
        {t.drift.accept}
      </Button>
    </>
  );
}
