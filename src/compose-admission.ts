import type { Parts } from './compose.ts';
import { Admission, type AdmissionEvents } from './http/admission.ts';
import { graphRoom } from './http/graph.ts';
import { webhookRoom } from './http/webhooks.ts';

/** What a process lets in: webhooks, and what senders pass on to Meta, each with room of its own. */
export function composeAdmission({ sources, metrics, log }: Pick<Parts, 'sources' | 'metrics' | 'log'>): {
  readonly webhooks: Admission;
  readonly graph: Admission;
  /** sets the gauges */
  tell(): void;
} {
  const events = (what: string): AdmissionEvents => ({
    shed: (source) => metrics.shed(source),
    overloaded: (source, count) => log.warn({ source, count }, what),
  });
  const webhooks = new Admission(
    sources.webhooks.keys(),
    webhookRoom,
    events('too much is waiting: webhooks are answered 503 until there is room'),
  );
  const graph = new Admission(
    sources.passThroughs.keys(),
    graphRoom,
    events('too much is on its way to Meta: senders are answered 503 until there is room'),
  );
  const tell = () => {
    for (const { source } of webhooks.shedding()) metrics.setAlert(source, 'overloaded');
    for (const source of sources.webhooks.keys())
      metrics.setInFlight(source, webhooks.inside(source).requests);
  };
  return { webhooks, graph, tell };
}
