import { Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { t } from './texts.ts';

/** How long a person has to take something back before it is done. */
const graceMs = 6_000;

/** Says what was done; `undo` takes it back. */
export function say(text: string, undo?: () => Promise<void>): void {
  const id = notifications.show({
    message: <Line text={text} {...(undo && { undo: () => void takeBack(id, undo) })} />,
    autoClose: undo === undefined ? 5_000 : 12_000,
  });
}

async function takeBack(id: string, undo: () => Promise<void>): Promise<void> {
  notifications.hide(id);
  await undo().catch(fail);
}

/**
 * Does something that cannot be taken back in a few seconds, unless the person thinks better of it. It is done at once
 * when the page is left meanwhile.
 */
export function later(text: string, work: (isLeaving: boolean) => Promise<void>): void {
  let isOver = false;
  const end = (isLeaving: boolean, isDone: boolean) => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    window.removeEventListener('pagehide', leave);
    notifications.hide(id);
    if (isDone) void work(isLeaving).catch(fail);
    else say(t.waiting.taken);
  };
  const leave = () => end(true, true);
  const timer = setTimeout(() => end(false, true), graceMs);
  window.addEventListener('pagehide', leave);
  const id = notifications.show({
    message: <Line text={text} undo={() => end(false, false)} />,
    autoClose: false,
    withCloseButton: false,
  });
}

function fail(error: unknown): void {
  notifications.show({ color: 'red', message: (error as Error).message, autoClose: 10_000 });
}

function Line({ text, undo }: { text: string; undo?: () => void }) {
  return (
    <Group justify="space-between" wrap="nowrap">
      <Text size="sm">{text}</Text>
      {undo && (
        <Button size="xs" variant="default" onClick={undo}>
          {t.undo}
        </Button>
      )}
    </Group>
  );
}
