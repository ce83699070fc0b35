import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { build } from 'vite'

/** Packages that are loaded at run time, as in the app's own bundles. */
const NATIVE = ['better-sqlite3', 'sharp', 'onnxruntime-node']

/** Bundles a program of the tests, to be started in a process of its own. `entry` is relative to the project. */
export async function bundle(entry: string): Promise<{ file: string; remove: () => void }> {
  const folder = mkdtempSync(join(tmpdir(), 'sprout-bundle-'))
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'))
  await build({
    configFile: false,
    logLevel: 'error',
    build: {
      ssr: entry,
      target: 'node22',
      outDir: join(folder, 'out'),
      minify: false,
      rollupOptions: { output: { format: 'cjs', entryFileNames: '[name].cjs' } },
    },
    ssr: { noExternal: true, external: NATIVE },
  })
  return {
    file: join(folder, 'out', basename(entry).replace(/\.ts$/, '.cjs')),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
