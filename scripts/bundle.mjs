import { build } from 'rolldown';

/**
 * Makes the program: a few files instead of 1,700, so that a start, and each command of `wcs`, takes two thirds of the time. What stays
 * beside them finds files of its own (WebAssembly, threads) or loads its parts only as they are asked for (HubSpot's client).
 */
const beside = ['@electric-sql/pglite', '@hubspot/api-client', 'pg-native', 'pino'];

await build({
  input: {
    'workers/start': 'workers/start.ts',
    'src/cli/wcs': 'src/cli/wcs.ts',
    'src/cli/demo': 'src/cli/demo.ts',
  },
  platform: 'node',
  external: (id) => beside.some((name) => id === name || id.startsWith(`${name}/`)),
  output: {
    dir: 'dist',
    sourcemap: true,
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name].js',
  },
});
