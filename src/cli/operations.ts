import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Env } from '../../config/env.ts';
import type { Settings } from '../../config/settings.ts';
import type { ConsoleOperations, Operations } from '../pipeline/operations.ts';
import { systemUser } from './system-user.ts';
import { isReachable, remoteOperations } from './remote.ts';

export interface OpenOperations {
  readonly operations: Operations;
  close(): Promise<void>;
}

/**
 * The operations: over the ledger itself, or, when a running worker holds the embedded ledger, over that worker's API
 * (with ADMIN_TOKEN where one is set).
 */
export async function openOperations(env: Env, settings: Settings): Promise<OpenOperations> {
  const url = env.databaseUrl === undefined ? runningWorker(env.dataDir) : undefined;
  if (url !== undefined && (await isReachable(url))) {
    return { operations: remoteOperations(url, env.adminToken), close: async () => undefined };
  }
  const { composeTools } = await import('../compose.ts');
  const { operations, close } = await composeTools(env, settings);
  return { operations: looksKept(operations), close };
}

/** Who looks at a message at this machine is kept, as who looks at it by the API is. */
function looksKept(operations: ConsoleOperations): Operations {
  const keep = async (conversations: readonly string[]) => {
    const [first, ...more] = new Set(conversations);
    if (first === undefined) return;
    await operations.keepAudit({
      actor: systemUser(),
      action: 'conversation.view',
      subject: more.length === 0 ? first : '',
      detail: { withText: true, ...(more.length > 0 && { conversations: [first, ...more] }) },
    });
  };
  return {
    ...operations,
    interaction: async (key) => {
      const view = await operations.interaction(key);
      if (view !== undefined) await keep([view.conversation]);
      return view;
    },
    preview: async (destination, request) => {
      const previews = await operations.preview(destination, request);
      await keep(previews.flatMap(({ conversations }) => conversations));
      return previews;
    },
  };
}

/** Address of the worker that holds the embedded ledger in this folder, by the `server.json` that it wrote there. */
export function runningWorker(dataDir: string): string | undefined {
  try {
    const told = JSON.parse(readFileSync(join(dataDir, 'server.json'), 'utf8')) as Record<string, unknown>;
    const { pid, url } = told;
    if (typeof pid !== 'number' || typeof url !== 'string' || !isAlive(pid)) return undefined;
    // A worker that listens on all addresses is asked on this machine's own.
    return url.replace(/\/\/(0\.0\.0\.0|\[::\])/, '//127.0.0.1');
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
