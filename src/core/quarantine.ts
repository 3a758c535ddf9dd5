/** What can become of an event that names no number of the firm. */
export const quarantineStates = ['waiting', 'released', 'discarded', 'expired'] as const;
export type QuarantineState = (typeof quarantineStates)[number];
