/** How a record in the CRM can differ from what was logged. */
export const driftKinds = [
  'missing', // no record by its id nor by its key
  'changed', // a person wrote other values
  'moved', // it hangs on another contact
  'double', // several records have its key
] as const;
export type DriftKind = (typeof driftKinds)[number];

/** What ended a finding. */
export const driftResolutions = [
  'logged-again', // by the policy `missing`
  'restored', // a person asked for ours again
  'accepted', // a person keeps what the CRM shows
  'written', // a later state of it was delivered over it
  'ended', // the next check did not find it any more
] as const;
export type DriftResolution = (typeof driftResolutions)[number];

/** What is known of a finding beside its kind: ids, names of fields and counts, never values. */
export interface DriftDetail {
  /** of a missing one: in the recycle bin, or deleted for good */
  readonly deleted?: 'bin' | 'gone';
  /** of a moved one: where it is now; absent: on nobody */
  readonly contact?: { readonly type: string; readonly id: string };
  /** of a double: ids of the other records */
  readonly others?: readonly string[];
}
