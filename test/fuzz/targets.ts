/** What is fuzzed, and which part of all cases each gets: cheap readers many, whole servers fewer. */
const weights = {
  'whatsapp webhooks': 16,
  '360dialog webhooks': 4,
  'twilio webhooks': 12,
  'chat texts': 18,
  'chat zips': 3,
  'hubspot answers': 6,
  'salesforce answers': 6,
  'twilio answers': 4,
  'meta answers': 5,
  settings: 6,
  environment: 2,
  mappings: 6,
  templates: 4,
  api: 12,
  'pass-through': 4,
  'stored payloads': 12,
  'small readers': 8,
} as const;

export type TargetName = keyof typeof weights;

const all = Object.values(weights).reduce((sum, weight) => sum + weight, 0);

/** Between 0 and 1. */
export function shareOf(name: TargetName): number {
  return weights[name] / all;
}
