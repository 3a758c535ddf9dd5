import { useState } from 'react';
import type { Interaction, Media, MessageContent } from '../../core/interaction.ts';
import { address } from '../api.ts';
import { clockText, sizeText, spanText, timeText } from '../format.ts';
import { StateBadge } from '../parts.tsx';
import { t } from '../texts.ts';
import type { View } from '../types.ts';
import { mediaOf, worstState } from './message.ts';

/** One message or call. Choosing it shows what the CRM has of it. */
export function Bubble({
  view,
  isChosen,
  choose,
  fileUrl,
}: {
  view: View;
  isChosen: boolean;
  choose?: (() => void) | undefined;
  fileUrl: FileUrl;
}) {
  const { interaction, activities } = view;
  const state = worstState(activities);
  return (
    <article className={`bubble ${interaction.direction}`} data-chosen={isChosen}>
      {interaction.group !== undefined && interaction.direction === 'inbound' && (
        <b>{interaction.person.name ?? interaction.person.phone}</b>
      )}
      <Body view={view} />
      <Files interaction={interaction} isHidden={view.isHidden === true} fileUrl={fileUrl} />
      <Reactions interaction={interaction} />
      <div className="meta">
        {interaction.kind === 'message' && interaction.via === 'echo' && <span>{t.chats.typedOnPhone}</span>}
        {interaction.kind === 'message' && interaction.status !== undefined && (
          <span>{t.chats.ticks[interaction.status.state]}</span>
        )}
        <time dateTime={interaction.occurredAt} title={`${timeText(interaction.occurredAt)} ${t.utc}`}>
          {clockText(interaction.occurredAt)}
        </time>
        {choose && (
          <button type="button" className="choose" aria-pressed={isChosen} onClick={choose}>
            {state === undefined ? t.chats.details : <StateBadge state={state} />}
          </button>
        )}
      </div>
    </article>
  );
}

function Body({ view: { interaction, isHidden } }: { view: View }) {
  if (interaction.kind === 'call') return <Call interaction={interaction} />;
  const { content, earlier, revokedAt } = interaction;
  return (
    <>
      {content?.forwarded && <i>{t.chats.forwarded}</i>}
      {content?.replyTo !== undefined && <i>{t.chats.reply}</i>}
      {revokedAt !== undefined && (
        <div>
          <i>
            {t.chats.deleted} ({timeText(revokedAt)})
          </i>
        </div>
      )}
      {content === undefined ? (
        <i>{t.chats.noContent}</i>
      ) : (
        <Words content={content} isHidden={isHidden === true} />
      )}
      {earlier.length > 0 && <Earlier earlier={earlier} />}
    </>
  );
}

function Words({ content, isHidden }: { content: MessageContent; isHidden: boolean }) {
  const text = content.text === '' && (content.media ?? []).length === 0 ? content.type : content.text;
  return (
    <div className="words" {...(isHidden && { title: t.chats.hidden })}>
      {text}
    </div>
  );
}

/** What it said before each edit; the first one is the original. */
function Earlier({ earlier }: { earlier: Extract<Interaction, { kind: 'message' }>['earlier'] }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <div>
      <button type="button" className="choose" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {t.chats.edited}
      </button>
      {isOpen &&
        earlier.map(({ content, until }) => (
          <div key={until} className="was">
            {content.text === '' ? content.type : content.text}
            <div className="meta">{t.chats.before(timeText(until))}</div>
          </div>
        ))}
    </div>
  );
}

function Call({ interaction }: { interaction: Extract<Interaction, { kind: 'call' }> }) {
  const { direction, result, durationSeconds } = interaction;
  return (
    <div>
      <span aria-hidden>✆ </span>
      {t.chats.call[direction]}
      {result !== undefined && `, ${t.chats.results[result]}`}
      {durationSeconds !== undefined && durationSeconds > 0 && `, ${spanText(durationSeconds)}`}
    </div>
  );
}

type FileUrl = (key: string, sha256: string) => string;

function Files({
  interaction,
  isHidden,
  fileUrl,
}: {
  interaction: Interaction;
  isHidden: boolean;
  fileUrl: FileUrl;
}) {
  return mediaOf(interaction).map((media) => (
    <File
      key={media.id}
      media={media}
      isHidden={isHidden}
      urlOf={(sha256) => address(fileUrl(interaction.key, sha256))}
    />
  ));
}

function File({
  media,
  isHidden,
  urlOf,
}: {
  media: Media;
  isHidden: boolean;
  urlOf: (sha256: string) => string;
}) {
  const { result, mimeType = '' } = media;
  if (isHidden) return <div title={t.chats.hidden}>[{mimeType === '' ? t.chats.file : mimeType}]</div>;
  if (result === undefined) return <div>[{t.chats.fileComing}]</div>;
  if (result.state === 'missing') {
    return (
      <div>
        [{t.chats.fileMissing} {result.text}]
      </div>
    );
  }
  if (result.state === 'removed') {
    return (
      <div>
        [{t.chats.fileRemoved} {result.rule}]
      </div>
    );
  }
  const type = result.mimeType ?? mimeType;
  const name = result.fileName ?? media.fileName ?? t.chats.file;
  const url = urlOf(result.sha256);
  if (/^image\/(png|jpeg|webp|gif)/.test(type))
    return <img src={url} alt={media.fileName ?? t.chats.picture} loading="lazy" />;
  if (type.startsWith('audio/'))
    return <audio controls preload="none" src={url} aria-label={t.chats.voice} />;
  if (/^video\/(mp4|webm|3gpp)/.test(type))
    return <video controls preload="none" src={url} aria-label={name} />;
  return (
    <a href={url} download>
      {name} ({sizeText(result.size)})
    </a>
  );
}

function Reactions({ interaction }: { interaction: Interaction }) {
  if (interaction.kind !== 'message' || interaction.reactions.length === 0) return null;
  return (
    <div>
      {interaction.reactions.map(({ emoji, at, by }) => (
        <span key={`${at} ${by ?? ''}`} title={timeText(at)}>
          {emoji}
        </span>
      ))}
    </div>
  );
}
