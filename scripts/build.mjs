// Builds out/ when a source is newer than the last build.
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Problem, root, runTool, say } from './project.mjs'

const SOURCES = [
  'shared',
  'main',
  'renderer',
  'resources',
  'electron.vite.config.ts',
  'package-lock.json',
]
/** Written by the build itself, so no source. */
const GENERATED = join(root, 'renderer/messages/generated')
const stamp = join(root, 'out/.built')

function newestChange(path) {
  if (path === GENERATED || !existsSync(path)) return 0
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newestChange(join(path, name))))
}

function isStale() {
  if (!existsSync(stamp) || !existsSync(join(root, 'out/main/app.cjs'))) return true
  const built = statSync(stamp).mtimeMs
  return SOURCES.some((source) => newestChange(join(root, source)) > built)
}

/** Builds unless the last build is newer than every source. What the build prints goes to standard error. */
export async function buildWhenStale() {
  if (!isStale()) return
  say('Building ...')
  const startedAt = new Date()
  const code = await runTool('electron-vite', ['build'], {
    stdio: ['ignore', process.stderr, process.stderr],
  })
  if (code !== 0) throw new Problem('The build failed; see above.')
  mkdirSync(join(root, 'out'), { recursive: true })
  writeFileSync(stamp, startedAt.toISOString())
}
