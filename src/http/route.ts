import type { z } from 'zod';
import type { Operations } from '../pipeline/operations.ts';

/** One address of the API: what it takes, what it answers, and how. Server and description are both made from it. */
export interface ApiRoute {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** with `:name` for parameters */
  readonly path: string;
  readonly summary: string;
  readonly params: z.ZodObject | undefined;
  readonly query: z.ZodObject | undefined;
  readonly body: z.ZodObject | undefined;
  /** the body is a file: it is handed over as a stream, whatever its size */
  readonly takesFile?: true;
  readonly answer: z.ZodType;
  handle(operations: Operations, input: { params: unknown; query: unknown; body: unknown }): Promise<unknown>;
}

interface RouteParts<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodObject> {
  readonly summary: string;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly takesFile?: true;
  readonly answer: z.ZodType;
  handle(
    operations: Operations,
    input: { params: z.output<P>; query: z.output<Q>; body: z.output<B> },
  ): Promise<unknown>;
}

/**
 * A route with the types of what its schemas let through.
 */
// The server hands over only what the schemas of the same route let through, which the types cannot follow.
export function route<
  P extends z.ZodObject = z.ZodObject,
  Q extends z.ZodObject = z.ZodObject,
  B extends z.ZodObject = z.ZodObject,
>(method: 'GET' | 'POST' | 'PUT', path: string, parts: RouteParts<P, Q, B>): ApiRoute {
  const { params, query, body } = parts;
  return { ...parts, method, path, params, query, body } as unknown as ApiRoute;
}
