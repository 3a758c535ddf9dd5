import type { FastifyInstance } from 'fastify';
import { contactPage, contactsPage } from './timeline-page.ts';

/** One record on a contact's timeline, as the CRM would show it. */
export interface TimelineEntry {
  readonly id: string;
  readonly kind: 'message' | 'call' | 'other';
  readonly title: string;
  /** what a person reads; plain text, the CRM's markup already resolved */
  readonly body: string;
  /** ISO 8601 */
  readonly at: string;
  /** small facts under the entry, label and value: duration, direction, key */
  readonly details: readonly (readonly [label: string, value: string])[];
  /** what is attached */
  readonly files: readonly TimelineFile[];
}

export interface TimelineFile {
  readonly id: string;
  readonly name: string;
  /** MIME type */
  readonly type: string;
  /** bytes */
  readonly size: number;
}

export interface TimelineContact {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly phone?: string;
  readonly entries: number;
}

export interface TimelineView {
  readonly product: 'Salesforce' | 'HubSpot';
  contacts(): TimelineContact[];
  timeline(contactId: string): TimelineEntry[];
  /** an attached file with its content */
  file(id: string): (TimelineFile & { readonly content: Uint8Array }) | undefined;
}

/** Types that a page shows by itself; everything else is a download. */
const shown = /^(image\/(jpeg|png|gif|webp)|audio\/[\w.+-]+|video\/[\w.+-]+)$/;

/** The pages' own styles, pictures and sounds; no script. */
const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; media-src 'self'";

/**
 * Serves `/timeline` (contacts), `/timeline/:id` and `/timeline/files/:id`: plain pages that show what a sales rep would
 * see, pictures and sounds included.
 */
export function registerTimeline(app: FastifyInstance, view: TimelineView): void {
  app.get('/timeline', async (_request, reply) =>
    reply.type('text/html; charset=utf-8').header('content-security-policy', policy).send(contactsPage(view)),
  );
  app.get<{ Params: { id: string } }>('/timeline/files/:id', async (request, reply) => {
    const file = view.file(request.params.id);
    if (file === undefined) return reply.code(404).type('text/plain').send('There is no such file.');
    const isShown = shown.test(file.type);
    return reply
      .type(isShown ? file.type : 'application/octet-stream')
      .header('x-content-type-options', 'nosniff')
      .header('content-security-policy', "default-src 'none'; sandbox")
      .header(
        'content-disposition',
        `${isShown ? 'inline' : 'attachment'}; filename*=UTF-8''${encodeURIComponent(file.name)}`,
      )
      .send(Buffer.from(file.content));
  });
  app.get<{ Params: { id: string } }>('/timeline/:id', async (request, reply) => {
    const contact = view.contacts().find((one) => one.id === request.params.id);
    if (contact === undefined) return reply.code(404).type('text/plain').send('There is no such contact.');
    return reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', policy)
      .send(contactPage(view, contact));
  });
}
