import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { compressed } from './plugins/compressed.ts';

/** Where `make ui-dev` finds a running Tank. */
const tank = process.env.TANK_URL ?? 'http://127.0.0.1:8425';

export default defineConfig({
  base: '/app/',
  plugins: [react(), compressed()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    target: 'es2022',
    // Without it, Vite lowers Mantine's light-dark() to nothing.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    assetsInlineLimit: 0,
    emptyOutDir: true,
    reportCompressedSize: false,
    // The page's rules allow no inline script, and every browser of `cssTarget` knows modulepreload.
    modulePreload: { polyfill: false },
    license: { fileName: 'licenses.md' },
    manifest: 'manifest.json',
    rolldownOptions: {
      output: {
        codeSplitting: {
          // What every page needs, in one piece: it packs better than thirty, and changes only with its versions.
          groups: [
            {
              name: 'vendor',
              test: /node_modules\/(react|react-dom|scheduler|use-sync-external-store|@tanstack|i18next|react-i18next|openapi-fetch)\//,
            },
            // The shell in one piece too: the more screens share parts of it, the more crumbs it would fall into.
            { name: 'shell', tags: ['$initial'], test: (id) => !/[\\/](main\.tsx|index\.html)$/.test(id) },
          ],
        },
      },
    },
  },
  server: {
    port: 5173,
    // Everything but the UI itself is the API's.
    proxy: { '^/(?!app(/|$))': { target: tank, changeOrigin: true } },
  },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.{ts,tsx}'],
    restoreMocks: true,
    unstubGlobals: true,
    env: { TZ: 'UTC' },
  },
});
