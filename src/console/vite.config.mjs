import { defineConfig } from 'vite';

/** The console's pages: built into dist/console, served by src/http/pages.ts. */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  logLevel: 'error',
  build: {
    outDir: '../../dist/console',
    emptyOutDir: true,
    target: 'es2022',
    // A data: address would need a hole in the page's policy.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1_500,
    modulePreload: { polyfill: false },
  },
});
