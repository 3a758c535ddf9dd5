import type { z } from 'zod';
import type { ConsoleOperations } from '../pipeline/operations.ts';
import type { Identity, Role } from './identity.ts';

/** One address of the API: what it takes, what it answers, and how. Server and description are both made from it. */
export interface ApiRoute {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** with `:name` for parameters */
  readonly path: string;
  readonly summary: string;
  /** who may ask; without it: who views what is read, and admins what is changed */
  readonly needs?: Role;
  readonly params: z.ZodObject | undefined;
  readonly query: z.ZodObject | undefined;
  readonly body: z.ZodObject | undefined;
  /** the body is a file: it is handed over as a stream, whatever its size */
  readonly takesFile?: true;
  /** undefined: the answer is a file */
  readonly answer: z.ZodType | undefined;
  /** ids of the chats that the answer shows: the look is kept */
  looks?(answer: unknown): readonly string[];
  handle(operations: ConsoleOperations, input: RouteInput<unknown, unknown, unknown>): Promise<unknown>;
}

export interface RouteInput<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly identity: Identity;
}

/** An answer that is a file. */
export interface FileAnswer {
  readonly file: AsyncIterable<Uint8Array | string>;
  readonly type: string;
  readonly name: string;
  /** bytes, where they are known */
  readonly size?: number;
  /** id of the chat that it is part of */
  readonly conversation?: string;
  /** may be shown in the page (a picture, a voice message); else it is saved */
  readonly isShown?: boolean;
}

interface RouteParts<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodObject, A> {
  readonly summary: string;
  readonly needs?: Role;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly takesFile?: true;
  readonly answer: z.ZodType | undefined;
  looks?(answer: A): readonly string[];
  handle(operations: ConsoleOperations, input: RouteInput<z.output<P>, z.output<Q>, z.output<B>>): Promise<A>;
}

/**
 * A route with the types of what its schemas let through.
 */
// The server hands over only what the schemas of the same route let through, which the types cannot follow.
export function route<
  A,
  P extends z.ZodObject = z.ZodObject,
  Q extends z.ZodObject = z.ZodObject,
  B extends z.ZodObject = z.ZodObject,
>(method: 'GET' | 'POST' | 'PUT', path: string, parts: RouteParts<P, Q, B, A>): ApiRoute {
  const { params, query, body } = parts;
  return { ...parts, method, path, params, query, body } as unknown as ApiRoute;
}
