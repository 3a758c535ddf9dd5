import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** The worker's Prometheus metrics. Labels hold ids of the settings, never numbers or names of people. */
export interface Metrics {
  /** events appended to the ledger */
  events(source: string, kind: string, count: number): void;
  /** events that the privacy gate dropped */
  excluded(source: string, count: number): void;
  /** a request of a source was turned away: too much was waiting */
  shed(source: string): void;
  /** requests of a source that are read or wait to be durable */
  setInFlight(source: string, count: number): void;
  /** one HTTP request to a CRM; status is the HTTP status or a word for its absence */
  crmRequest(destination: string, operation: string, status: string): void;
  /** activities that a CRM acknowledged */
  delivered(destination: string, count: number): void;
  /** seconds from an event's receipt to the CRM's acknowledgement */
  lag(seconds: number): void;
  setActivities(destination: string, state: string, count: number): void;
  setBacklogAge(destination: string, seconds: number): void;
  /** API calls of the running day: made by us, and allowed to us where that is known */
  setQuota(destination: string, used: number, allowed: number | undefined): void;
  /** records that are not as they were logged */
  setDrift(destination: string, kind: string, count: number): void;
  /** an alert that is raised */
  setAlert(source: string, code: string): void;
  /** events that wait in quarantine */
  setQuarantined(source: string, count: number): void;
  /** seconds since a list of a source was last read to its end */
  setPollAge(source: string, stream: string, seconds: number): void;
  /** Called before each scrape to set the gauges, which are empty then. When it throws they stay empty. */
  onScrape(fill: () => Promise<void>): void;
  /** The Prometheus text. */
  text(): Promise<string>;
  readonly contentType: string;
}

const lagBuckets = [0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3_600, 21_600, 86_400];

/** Makes the metrics in a registry of their own, so that several can live in one process. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const common = { registers: [registry] };
  const counter = <const L extends string>(name: string, help: string, labelNames: L[]) =>
    new Counter({ ...common, name, help, labelNames });
  const gauge = <const L extends string>(name: string, help: string, labelNames: L[]) =>
    new Gauge({ ...common, name, help, labelNames });

  const events = counter('wcs_events_total', 'Events appended to the ledger', ['source', 'kind']);
  const excluded = counter('wcs_excluded_total', 'Events dropped by the privacy gate', ['source']);
  const shed = counter('wcs_shed_total', 'Requests answered 503 since too much was waiting', ['source']);
  const inFlight = gauge('wcs_requests_in_flight', 'Requests that are read or wait to be durable', [
    'source',
  ]);
  const activities = gauge('wcs_activities', 'Activities by state', ['destination', 'state']);
  const requests = counter('wcs_crm_requests_total', 'HTTP requests made to a CRM', [
    'destination',
    'operation',
    'status',
  ]);
  const delivered = counter('wcs_delivered_total', 'Activities acknowledged by a CRM', ['destination']);
  const lag = new Histogram({
    ...common,
    name: 'wcs_delivery_lag_seconds',
    help: 'Time from the receipt of an event to its acknowledgement by the CRM',
    buckets: lagBuckets,
  });
  const pollAge = gauge('wcs_poll_age_seconds', 'Time since a list of a source was last read to its end', [
    'source',
    'stream',
  ]);
  const backlogAge = gauge('wcs_backlog_age_seconds', 'Age of the oldest activity that waits to be logged', [
    'destination',
  ]);

  const quotaUsed = gauge('wcs_crm_quota_used', 'API calls that we made in the running day', ['destination']);
  const quotaAllowed = gauge('wcs_crm_quota_allowed', 'API calls that we may make in a day: our share', [
    'destination',
  ]);
  const drift = gauge('wcs_drift', 'Records in a CRM that are not as they were logged', [
    'destination',
    'kind',
  ]);
  const alerts = gauge('wcs_source_alerts', 'Alerts about a source that are raised', ['source', 'code']);
  const quarantined = gauge('wcs_quarantined', 'Events in quarantine: they name no number of the firm', [
    'source',
  ]);

  let fill: () => Promise<void> = async () => undefined;
  // Scrapes that overlap share one filling, or one would empty the gauges that the other just set.
  let running: Promise<string> | undefined;
  const scrape = async () => {
    activities.reset();
    backlogAge.reset();
    pollAge.reset();
    alerts.reset();
    quarantined.reset();
    drift.reset();
    quotaUsed.reset();
    quotaAllowed.reset();
    // A gauge that is missing says more than one that is old.
    await fill().catch(() => undefined);
    return registry.metrics();
  };

  return {
    events: (source, kind, count) => events.inc({ source, kind }, count),
    excluded: (source, count) => excluded.inc({ source }, count),
    shed: (source) => shed.inc({ source }),
    setInFlight: (source, count) => inFlight.set({ source }, count),
    crmRequest: (destination, operation, status) => requests.inc({ destination, operation, status }),
    delivered: (destination, count) => delivered.inc({ destination }, count),
    lag: (seconds) => lag.observe(Math.max(0, seconds)),
    setActivities: (destination, state, count) => activities.set({ destination, state }, count),
    setBacklogAge: (destination, seconds) => backlogAge.set({ destination }, seconds),
    setQuota(destination, used, allowed) {
      quotaUsed.set({ destination }, used);
      if (allowed !== undefined) quotaAllowed.set({ destination }, allowed);
    },
    setDrift: (destination, kind, count) => drift.set({ destination, kind }, count),
    setAlert: (source, code) => alerts.set({ source, code }, 1),
    setQuarantined: (source, count) => quarantined.set({ source }, count),
    setPollAge: (source, stream, seconds) => pollAge.set({ source, stream }, Math.max(0, seconds)),
    onScrape: (callback) => {
      fill = callback;
    },
    text: () =>
      (running ??= scrape().finally(() => {
        running = undefined;
      })),
    contentType: registry.contentType,
  };
}
