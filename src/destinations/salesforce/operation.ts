const patterns: readonly (readonly [RegExp, string])[] = [
  [/\/services\/oauth2\/token$/, 'token'],
  [/\/services\/Soap\/m\//, 'metadata'],
  [/\/services\/data\/?$/, 'versions'],
  [/\/composite\/sobjects\/\w+\/\w+$/, 'upsert'],
  [/\/composite\/sobjects$/, 'create-many'],
  [/\/queryAll$/, 'query-all'],
  [/\/query$/, 'query'],
  [/\/query(All)?\/.+/, 'query-more'],
  [/\/search$/, 'search'],
  [/\/jobs\/ingest/, 'bulk'],
  [/\/limits$/, 'limits'],
  [/\/describe$/, 'describe'],
  [/\/sobjects\/\w+$/, 'create'],
];

/** A short name of a request, for counting: no ids, no query texts. */
export function operationOf(method: string, url: string): string {
  const path = url.replace(/[?#].*$/s, '');
  return patterns.find(([pattern]) => pattern.test(path))?.[1] ?? method.toLowerCase();
}
