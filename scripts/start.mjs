// npm start: sets everything up, builds what changed and opens the app.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildWhenStale } from './build.mjs'
import { electronForTests } from './electronForTests.mjs'
import { Problem, nodeBinary, root, run, say, start } from './project.mjs'
import { setUp } from './setup.mjs'
import { WINDOW_PACKAGES, ensureSystemPackages } from './systemPackages.mjs'

const folder = join(root, 'node_modules/electron')

/** The installed Electron's binary, or null before its download. */
function downloadedElectron() {
  const pathFile = join(folder, 'path.txt')
  if (!existsSync(pathFile)) return null
  const binary = join(folder, 'dist', readFileSync(pathFile, 'utf8'))
  return existsSync(binary) ? binary : null
}

/** The Electron to run and the app to give it: the current one, or the tests' where that cannot be fetched. */
async function findElectron() {
  const present = downloadedElectron()
  if (present !== null) return { binary: present, app: root }
  say('Downloading Electron ...')
  const { code } = await run(nodeBinary(), [join(folder, 'install.js')], { capture: true })
  const fetched = code === 0 ? downloadedElectron() : null
  if (fetched !== null) return { binary: fetched, app: root }
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Problem('Electron could not be downloaded; check the network and start again.')
  }
  say('Electron could not be downloaded; using the older Electron 22 of the tests instead.')
  return electronForTests()
}

function checkDisplay() {
  if (process.platform !== 'linux') return
  if (process.env.DISPLAY || process.env.WAYLAND_DISPLAY) return
  throw new Problem(
    'Sprout needs a display to open its window, and neither DISPLAY nor WAYLAND_DISPLAY is set.\n' +
      'Start it from a desktop session, or without a screen: xvfb-run -a npm start',
  )
}

/** Runs the app until it ends; ending this script ends the app in order. */
function launch({ binary, app }) {
  const asRoot = process.platform === 'linux' && process.getuid() === 0
  const args = [...(asRoot ? ['--no-sandbox'] : []), app, ...process.argv.slice(2)]
  const { ELECTRON_RUN_AS_NODE: _, ...env } = process.env
  const child = spawn(binary, args, { stdio: 'inherit', env })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(new Problem(`Could not start Electron: ${error.message}`)))
    child.on('close', (code, signal) => resolve(code ?? (signal === null ? 0 : 1)))
  })
}

start(async () => {
  await setUp()
  await buildWhenStale()
  checkDisplay()
  await ensureSystemPackages(WINDOW_PACKAGES)
  return launch(await findElectron())
})
