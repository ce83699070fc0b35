import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { tended } from '../tended'
import { launch, temporaryHome, type RunningApp } from './launch'
import { commandOf } from './startApp'

const home = temporaryHome()
let running: RunningApp

beforeAll(async () => {
  running = await launch(home.folder)
})
afterAll(async () => {
  await running?.close()
  home.remove()
})

test('the window opens on the app and shows the way to a new run', async () => {
  const { page } = running
  expect(page.url()).toBe('app://sprout/')
  expect(await page.title()).toContain('Sprout')
  await page.getByTestId('new-run').waitFor()
  const pictures = join(import.meta.dirname, '../../test-results')
  mkdirSync(pictures, { recursive: true })
  await page.screenshot({ path: join(pictures, 'window.png') })
})

test('the window is at least 1280 by 800', async () => {
  const settings = await running.electron.evaluate(({ BrowserWindow }) => {
    const window = BrowserWindow.getAllWindows()[0]!
    return { size: window.getContentSize(), least: window.getMinimumSize() }
  })
  for (const [width, height] of [settings.size, settings.least]) {
    expect(width).toBeGreaterThanOrEqual(1280)
    expect(height).toBeGreaterThanOrEqual(800)
  }
})

test('the main process loads no native module; the library does', async () => {
  const pids = await running.electron.evaluate(({ app }) => ({
    main: process.pid,
    library: app.getAppMetrics().find(({ name }) => name === 'library')?.pid,
  }))
  const natives = (pid: number) =>
    ['better_sqlite3.node', 'sharp-linux', 'onnxruntime'].filter((name) =>
      readFileSync(`/proc/${pid}/maps`, 'utf8').includes(name),
    )
  expect(natives(pids.main)).toEqual([])
  expect(natives(pids.library!)).toContain('better_sqlite3.node')
})

test('the page has no way to Node or Electron', async () => {
  const reach = await running.page.evaluate(() => ({
    types: ['require', 'process', 'module', 'Buffer', '__dirname', 'ipcRenderer'].map(
      (name) => typeof (globalThis as Record<string, unknown>)[name],
    ),
    bridge: Object.keys((globalThis as unknown as { sprout: object }).sprout).sort(),
  }))
  expect(new Set(reach.types)).toEqual(new Set(['undefined']))
  expect(reach.bridge).toEqual(['connect', 'pathOf'])
})

test('the content security policy stops foreign and inline code', async () => {
  const { page } = running
  const blocked = await page.evaluate(async () => {
    const violations: string[] = []
    document.addEventListener('securitypolicyviolation', (event) =>
      violations.push(event.effectiveDirective),
    )
    const inline = document.createElement('script')
    const refusal = (() => {
      try {
        inline.textContent = 'globalThis.inlineRan = true'
        return null
      } catch (error) {
        return (error as Error).message
      }
    })()
    document.head.append(inline)
    const image = new Image()
    image.src = 'https://example.invalid/a.png'
    await fetch('https://example.invalid/').catch(() => {})
    // A test's own eval runs with leave from the debugger; what a timer evaluates does not.
    try {
      setTimeout('globalThis.evaluated = true', 0)
    } catch {
      // Refused at once.
    }
    await new Promise((resolve) => setTimeout(resolve, 200))
    return {
      violations,
      refusal,
      evaluated: 'evaluated' in globalThis,
      ran: 'inlineRan' in globalThis,
    }
  })
  expect(blocked.ran).toBe(false)
  expect(blocked.evaluated).toBe(false)
  // Text is no script here, before any policy on scripts is asked.
  expect(blocked.refusal).toContain('TrustedScript')
  for (const directive of ['img-src', 'connect-src']) {
    expect(blocked.violations).toContain(directive)
  }
})

test('the app origin serves its own files and nothing above them', async () => {
  const statuses = await running.page.evaluate(() =>
    Promise.all(
      ['/', '/index.html', '/%2e%2e/main/app.cjs', '/..%2f..%2fpackage.json', '/nothing.js'].map(
        async (path) => (await fetch(path)).status,
      ),
    ),
  )
  expect(statuses).toEqual([200, 200, 403, 403, 404])
})

test('the page stays where it is and opens no other window', async () => {
  const { page, electron } = running
  await page.evaluate(() => {
    const link = document.createElement('a')
    link.href = 'https://example.invalid/'
    document.body.append(link)
    link.click()
    link.remove()
  })
  const opened = await page.evaluate(() => window.open('https://example.invalid/') === null)
  await page.waitForTimeout(300)
  expect(opened).toBe(true)
  expect(page.url()).toBe('app://sprout/')
  expect(await electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(
    1,
  )
})

test('permissions are refused', async () => {
  const state = await running.page.evaluate(async () => {
    const camera = await navigator.mediaDevices
      .getUserMedia({ video: true })
      .then(() => 'granted')
      .catch((error: Error) => error.name)
    return { camera, notifications: await Notification.requestPermission() }
  })
  expect(state.camera).not.toBe('granted')
  expect(state.notifications).toBe('denied')
})

test('a second start on the same folder leaves it to the first', async () => {
  const { executablePath, args, env } = commandOf(home.folder)
  const second = tended(spawn(executablePath, args, { env, stdio: 'ignore' }))
  expect(await new Promise((resolve) => second.once('exit', resolve))).toBe(0)
  const windows = await running.electron.evaluate(
    ({ BrowserWindow }) => BrowserWindow.getAllWindows().length,
  )
  expect(windows).toBe(1)
})

test('nothing went wrong in the page', () => {
  const unexpected = running
    .pageErrors()
    .filter(
      (text) =>
        !text.includes('example.invalid') && !/Content Security Policy|Trusted|40[34]/.test(text),
    )
  expect(unexpected, running.log()).toEqual([])
})
