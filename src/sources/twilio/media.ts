import { SourceError } from '../../core/source-errors.ts';
import { openDownload } from '../download.ts';
import type { MediaSource } from '../source.ts';
import type { TwilioOptions } from './options.ts';
import { credentialsOf } from './poll.ts';

/**
 * Where Twilio's redirects to files may lead. Its documents do not name the hosts of its CDN and stores; these are the
 * domains that they are seen on. No credentials are sent there.
 */
const redirectHosts = ['.twilio.com', '.twiliocdn.com', '.amazonaws.com'];

/** Hosts of the Media Content Service, which keeps the files of Conversations (Twilio docs, Media resource). */
const conversationFiles = new Map([['https://conversations.twilio.com', 'https://mcs.us1.twilio.com']]);

/** Files of messages, recordings and transcripts, by ids: links are never kept. */
export function createMedia(options: TwilioOptions): MediaSource {
  const { username, password } = credentialsOf(options);
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  return {
    id: options.id,
    fetchMedia: async ({ media }, { maxBytes, signal }) => {
      const url = addressOf(media.id, options);
      if (url === undefined) throw new SourceError('media-expired', 'Its id is none of Twilio.');
      const { stream, mimeType } = await openDownload({
        url,
        headers: { authorization },
        hosts: redirectHosts,
        configured: [options.apiUrl, filesUrl(options), ...(options.mediaUrl ? [options.mediaUrl] : [])],
        maxBytes,
        signal,
      });
      return { stream, ...(mimeType !== undefined && { mimeType }) };
    },
  };
}

/** Paths of the 2010 API (Twilio docs, Media, Recordings and Transcriptions resource). */
function addressOf(id: string, options: TwilioOptions): string | undefined {
  const [, owner = '', file = ''] = /^([A-Z]{2}[A-Za-z0-9]+)\/([A-Z]{2}[A-Za-z0-9]+)$/.exec(id) ?? [];
  const account = `${options.apiUrl}/2010-04-01/Accounts/${options.accountSid}`;
  switch (`${owner.slice(0, 2)}/${file.slice(0, 2)}`) {
    case 'SM/ME':
    case 'MM/ME':
      return `${account}/Messages/${owner}/Media/${file}`;
    case 'CA/RE':
      return `${account}/Recordings/${file}.mp3`;
    case 'CA/TR':
      return `${account}/Transcriptions/${file}.txt`;
    case 'IS/ME':
      return `${filesUrl(options)}/v1/Services/${owner}/Media/${file}/Content`;
    default:
      return undefined;
  }
}

function filesUrl({ conversationsUrl }: TwilioOptions): string {
  return conversationFiles.get(conversationsUrl) ?? conversationsUrl;
}
