import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { tanstackRouter } from '@tanstack/router-plugin/vite'
import react from '@vitejs/plugin-react'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

// Read by scripts/gen.mjs too.
const routes = JSON.parse(readFileSync(join(import.meta.dirname, 'scripts/routes.json'), 'utf8'))

// The server whose API `npm run dev` uses.
const server = process.env.VEDETTE_SERVER ?? 'http://127.0.0.1:8320'

/** Leaves a .gz twin beside every text file over 1 KB; web/handler.go serves it. */
function precompress(): Plugin {
  let outDir = ''
  return {
    name: 'vedette-precompress',
    apply: 'build',
    configResolved(config) {
      outDir = config.build.outDir
    },
    closeBundle() {
      for (const name of readdirSync(outDir, { recursive: true, encoding: 'utf8' })) {
        const file = join(outDir, name)
        if (!/\.(js|css|svg|json|html)$/.test(name) || statSync(file).size < 1024) continue
        writeFileSync(`${file}.gz`, gzipSync(readFileSync(file), { level: 9 }))
      }
    },
  }
}

// The gallery of components is a route of development builds only (mode "gallery" is such a
// build with the production optimiser, for screenshots under the real security policy).
export default defineConfig(({ mode }) => {
  return {
    plugins: [tanstackRouter({ ...routes, autoCodeSplitting: true }), react(), precompress()],
    resolve: { alias: { '~': join(import.meta.dirname, 'src') } },
    build: {
      outDir: mode === 'gallery' ? 'dist-gallery' : 'dist/app',
      emptyOutDir: true,
      assetsInlineLimit: 0,
      sourcemap: false,
      manifest: true,
      modulePreload: { polyfill: false },
      rolldownOptions: {
        output: {
          // One chunk for the heads of all routes: alone each would carry a list of what to preload.
          codeSplitting: { groups: [{ name: 'routes', test: /\/src\/routes\/[^?]*\.tsx$/ }] },
        },
      },
    },
    server: {
      host: '127.0.0.1',
      port: 5173,
      proxy: { '/api': server, '/export/': server, '/readyz': server },
    },
    test: {
      environment: 'happy-dom',
      include: ['src/**/*.test.{ts,tsx}', 'e2e/**/*.test.mjs'],
      setupFiles: ['src/test-setup.ts'],
      restoreMocks: true,
      // One page for all files of a worker: setting one up costs more than the tests.
      pool: 'threads',
      isolate: false,
    },
  }
})
