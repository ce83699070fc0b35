import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')

/** Everything that an installed app runs, but for what is generated. */
const sources = ['main', 'shared', 'renderer']
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
      join(folder, file),
    ),
  )
  .filter((file) => /\.(ts|svelte|js|html)$/.test(file) && !file.includes('generated'))
  .map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }))

/** Files in which `pattern` is found, but for those that may have it. */
function filesWith(pattern: RegExp, allowed: readonly string[] = []): string[] {
  return sources
    .filter(({ file, text }) => pattern.test(text) && !allowed.includes(file))
    .map(({ file }) => file)
}

test('there are sources to look at', () => {
  expect(sources.length).toBeGreaterThan(300)
})

test('no program is started by way of a shell', () => {
  expect(filesWith(/\bshell:\s*(true|['"`])/)).toEqual([])
  expect(filesWith(/\b(execSync|spawnSync)\b|[^.#\w]exec\(/)).toEqual([])
  // Commands of an installation, Sprout's own jobs, and two tools of the system, each with its arguments apart.
  const starters = [
    'main/runtime/tensorflow/command.ts',
    'main/ipc/forkedJobs.ts',
    'main/rehearsal/memory.ts',
    'main/runtime/freeDisk.ts',
  ]
  expect(filesWith(/child_process/, starters)).toEqual([])
})

test('no text becomes code', () => {
  expect(filesWith(/\beval\(|\bnew Function\b|vm'|\bsetTimeout\(\s*['"`]/)).toEqual([])
  expect(filesWith(/\{@html|\.(inner|outer)HTML\s*=|insertAdjacentHTML|document\.write/)).toEqual(
    [],
  )
})

test('nothing is opened outside, reported or asked of a network', () => {
  expect(filesWith(/openExternal|openPath\(/)).toEqual([])
  expect(filesWith(/crashReporter|autoUpdater|sentry|telemetry/i)).toEqual([])
  expect(filesWith(/node:(https?|net|tls|dgram|dns|http2)\b|\bXMLHttpRequest|WebSocket/)).toEqual(
    [],
  )
  expect(filesWith(/\bfetch\(\s*['"`]/)).toEqual([])
  // Names of XML's vocabularies are addresses that nobody goes to.
  const addresses = sources.flatMap(({ file, text }) =>
    [...text.matchAll(/https?:\/\/[\w./-]+/g)]
      .map(([address]) => address)
      .filter((address) => !address.startsWith('http://www.w3.org/'))
      .map((address) => `${file}: ${address}`),
  )
  expect(addresses).toEqual([])
})

test('windows are made in one place, with nothing loosened', () => {
  expect(filesWith(/new (BrowserWindow|BrowserView|WebContentsView)\(/)).toEqual([
    'main/app/window.ts',
  ])
  expect(
    filesWith(
      /enableBlinkFeatures|experimentalFeatures|allowpopups|<webview|webSecurity: false|(nodeIntegration|allowRunningInsecureContent|webviewTag)\w*: true|(sandbox|contextIsolation): false|file:\/\//i,
    ),
  ).toEqual([])
})

test('the bridge hands over two functions and no Electron', () => {
  expect(filesWith(/exposeInMainWorld|ipcRenderer/)).toEqual(['main/preload/index.ts'])
  expect(filesWith(/\bipcMain\b/)).toEqual(['main/app/index.ts'])
})
