/** One line of `wcs check` or `wcs setup`, in words an admin understands. */
export interface Finding {
  readonly level: 'ok' | 'warning' | 'error' | 'todo';
  readonly subject: string;
  readonly text: string;
  /** code of the error table, when it is one */
  readonly code?: string;
}
