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
}

/** Serves `/timeline` (contacts) and `/timeline/:id`: plain pages that show what a sales rep would see. */
export function registerTimeline(app: FastifyInstance, view: TimelineView): void {
  app.get('/timeline', async (_request, reply) =>
    reply.type('text/html; charset=utf-8').send(contactsPage(view)),
  );
  app.get<{ Params: { id: string } }>('/timeline/:id', async (request, reply) => {
    const contact = view.contacts().find((one) => one.id === request.params.id);
    if (contact === undefined) return reply.code(404).type('text/plain').send('There is no such contact.');
    return reply.type('text/html; charset=utf-8').send(contactPage(view, contact));
  });
}
