import type { Measurement } from '../measurement.ts';
import { calls } from './calls.ts';
import { cpu } from './cpu.ts';
import { growth } from './growth.ts';
import { memory } from './memory.ts';
import { receive } from './receive.ts';
import { start } from './start.ts';
import { way } from './way.ts';

/** In the order of docs/benchmarks.md. */
export const measurements: readonly Measurement[] = [calls, way, receive, cpu, memory, growth, start];
