/** What became of what came in, as the report names it. */
export const countParts = ['logged', 'pending', 'parked', 'excluded', 'ignored', 'failed'] as const;
