import { Button, Checkbox, Group, Modal, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { change } from '../api.ts';
import type { Draft } from '../draft.ts';
import { Trouble } from '../parts.tsx';
import { t } from '../texts.ts';
import { say } from '../undo.tsx';

/** Puts a draft into use. */
export function Publish({
  id,
  draft,
  isWrong,
  done,
}: {
  id: string;
  draft: Draft | undefined;
  isWrong: boolean;
  done(): void;
}) {
  const [isOpen, setOpen] = useState(false);
  const [why, setWhy] = useState('');
  const [rewrite, setRewrite] = useState(false);
  const [error, setError] = useState<Error>();
  const publish = async () => {
    try {
      const body = { text: draft?.text, after: draft?.after, why, ...(rewrite && { rewrite: true }) };
      const { rewritten } = await change<{ rewritten: number }>('PUT', `/api/mappings/${id}`, body);
      setOpen(false);
      setError(undefined);
      say(rewrite ? `${t.mappings.done} ${t.mappings.rewritten(rewritten)}` : t.mappings.done);
      done();
    } catch (problem) {
      setError(problem as Error);
    }
  };
  return (
    <>
      <Button size="sm" disabled={draft === undefined || isWrong} onClick={() => setOpen(true)}>
        {t.mappings.publish}
      </Button>
      <Modal opened={isOpen} onClose={() => setOpen(false)} title={t.mappings.publishTitle}>
        <Stack>
          <TextInput
            label={t.mappings.why}
            placeholder={t.mappings.whyHint}
            value={why}
            data-autofocus
            onChange={(event) => setWhy(event.currentTarget.value)}
          />
          <Checkbox
            label={t.mappings.rewrite}
            checked={rewrite}
            onChange={(event) => setRewrite(event.currentTarget.checked)}
          />
          {error !== undefined && <Trouble error={error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setOpen(false)}>
              {t.cancel}
            </Button>
            <Button disabled={why.trim() === ''} onClick={() => void publish()}>
              {t.mappings.publish}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
