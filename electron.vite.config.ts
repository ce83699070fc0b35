import { builtinModules } from 'node:module'
import { resolve } from 'node:path'
import { paraglideVitePlugin } from '@inlang/paraglide-js'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'electron-vite'

/** Syntax that Electron's main process, and the older one of the tests (Electron 22), understands. */
const MAIN_TARGET = 'node16.17'
const RENDERER_TARGET = 'chrome108'

/** Packages with a native part stay outside the bundles; everything else goes in. */
const NATIVE = ['electron', 'better-sqlite3', 'sharp', 'onnxruntime-node']
const external = [...NATIVE, ...builtinModules, /^node:/, /^@img\//]

/** Symbols of scoped resources, which Node 16 lacks; set before any class that has them as its members' names. */
const SCOPED_RESOURCES = ['dispose', 'asyncDispose']
  .map((name) => `Symbol.${name} ??= Symbol.for('Symbol.${name}');`)
  .join(' ')

/**
 * ONNX Runtime tells its makers about each process and model unless it is told not to before it is loaded, which comes
 * first in a bundle whatever the order of imports; so this comes before all.
 */
const NO_TELEMETRY = `process.env.ORT_DISABLE_TELEMETRY = '1';`

export default defineConfig({
  main: {
    build: {
      externalizeDeps: false,
      target: MAIN_TARGET,
      outDir: 'out/main',
      minify: false,
      sourcemap: true,
      rollupOptions: {
        external,
        input: {
          library: resolve('main/library/entry.ts'),
          trainer: resolve('main/trainer/entry.ts'),
          reader: resolve('main/trainer/readerThread.ts'),
          quality: resolve('main/trainer/qualityThread.ts'),
          cli: resolve('main/cli/index.ts'),
          job: resolve('main/jobs/entry.ts'),
        },
        output: {
          format: 'cjs',
          banner: `${NO_TELEMETRY} ${SCOPED_RESOURCES}`,
          entryFileNames: '[name].cjs',
          chunkFileNames: 'chunks/[name]-[hash].cjs',
        },
      },
    },
  },
  // The main process is built beside the preload script, not with the workers: out of chunks shared with them
  // it would load their native modules.
  preload: {
    build: {
      externalizeDeps: false,
      target: MAIN_TARGET,
      outDir: 'out',
      emptyOutDir: false,
      minify: false,
      sourcemap: true,
      rollupOptions: {
        external,
        input: {
          'main/app': resolve('main/app/index.ts'),
          'preload/preload': resolve('main/preload/index.ts'),
        },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: 'renderer',
    build: {
      target: RENDERER_TARGET,
      outDir: 'out/renderer',
      emptyOutDir: true,
      rollupOptions: { input: resolve('renderer/index.html') },
    },
    plugins: [
      svelte(),
      paraglideVitePlugin({
        project: resolve('renderer/project.inlang'),
        outdir: resolve('renderer/messages/generated'),
        strategy: ['localStorage', 'preferredLanguage', 'baseLocale'],
        emitTsDeclarations: true,
      }),
    ],
  },
})
