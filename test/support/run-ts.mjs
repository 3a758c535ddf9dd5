// `node --import <this file> <program.ts>`: runs TypeScript in a process of its own, for tests that end it by force.
import { register } from 'node:module';

register('./ts-loader.mjs', import.meta.url);
