import { ConfigError, type Env } from '../config/env.ts';
import type { Settings } from '../config/settings.ts';
import { signChat, type ChatLink } from './core/chat-link.ts';
import { derive } from './core/derive.ts';

/** The secret that links to chats are signed with; undefined: the settings want none. @throws ConfigError */
export function chatLinkSecret(env: Pick<Env, 'adminToken'>, settings: Settings): Buffer | undefined {
  const { links, secret } = settings.console;
  if (links === undefined) return undefined;
  const base = secret ?? env.adminToken;
  if (base !== undefined) return derive(base, 'chat-link');
  throw new ConfigError('settings', ['console.secret: is missing, and there is no ADMIN_TOKEN in its place']);
}

/** Makes links to chats, where the settings allow them. @throws ConfigError */
export function chatLinkOf(env: Pick<Env, 'adminToken'>, settings: Settings): ChatLink | undefined {
  const secret = chatLinkSecret(env, settings);
  const { links, publicUrl = '' } = settings.console;
  if (secret === undefined || links === undefined) return undefined;
  return (interaction) => `${publicUrl}/shared/${signChat(secret, interaction, links.days)}`;
}
