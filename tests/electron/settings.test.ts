import { cpSync, existsSync, linkSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { audit } from '../audit'
import { downloadsFolder, enginesFolder } from '../../main/runtime/tensorflow/place'
import { WHEEL } from '../../main/runtime/tensorflow/source'
import { RunFile } from '../../main/store/runFile'
import { launch, temporaryHome, type RunningApp } from './launch'

const PROBE_MS = 180_000
const INSTALL_MS = 400_000
const TRAIN_MS = 240_000

const pictures = 'test-results/settings'
/** What `npm test` has downloaded to install the engine for the tests of units. */
const kept = downloadsFolder(enginesFolder())
const isDownloaded = existsSync(join(kept, WHEEL.fileName))
if (!isDownloaded && process.env.SPROUT_TEST_ENGINES !== undefined)
  throw new Error(`The downloads of the TensorFlow engine should be in ${kept} by now.`)

const home = temporaryHome()
let engines = ''
let running: RunningApp
let page: Page

async function start(): Promise<void> {
  running = await launch(home.folder, { SPROUT_ENGINES: engines })
  page = running.page
  await page.setViewportSize({ width: 1280, height: 800 })
}

beforeAll(async () => {
  mkdirSync(pictures, { recursive: true })
  // Not in the system's temporary folder, which may be memory: the libraries are large.
  mkdirSync('.cache', { recursive: true })
  engines = mkdtempSync(join(process.cwd(), '.cache/engines-'))
  if (isDownloaded) {
    mkdirSync(downloadsFolder(engines))
    for (const name of readdirSync(kept)) takeDownload(name)
  }
  await start()
}, 120_000)
afterAll(async () => {
  await running?.close()
  home.remove()
  rmSync(engines, { recursive: true, force: true })
})

function takeDownload(name: string): void {
  const [from, to] = [join(kept, name), join(downloadsFolder(engines), name)]
  try {
    linkSync(from, to)
  } catch {
    // On another disk.
    cpSync(from, to)
  }
}

const at = (testid: string) => page.getByTestId(testid)
const picture = (name: string) => page.screenshot({ path: join(pictures, `app-${name}.png`) })
const inState = (testid: string, state: string, timeout: number) =>
  page.locator(`[data-testid="${testid}"][data-state="${state}"]`).waitFor({ timeout })

test(
  'the CPU is found sound, tried in a process that is gone afterwards',
  { timeout: PROBE_MS },
  async () => {
    await at('settings').click()
    await at('device-test-cpu').click()
    await page.locator('[data-testid="device-cpu"] [data-verdict="trying"]').waitFor()
    await inState('device-cpu', 'works', PROBE_MS)
    await at('devices-stop').waitFor({ state: 'detached' })
    const jobs = () =>
      running.electron.evaluate(({ app }) =>
        app.getAppMetrics().flatMap(({ name }) => (name?.startsWith('job') ? [name] : [])),
      )
    await expect.poll(jobs, { timeout: 10_000 }).toEqual([])
    await at('home-folder').waitFor()
    expect(await at('home-folder').textContent()).toBe(home.folder)
    expect(await audit(page)).toEqual([])
  },
)

describe.skipIf(!isDownloaded)('the TensorFlow engine', () => {
  test('is installed from the window, and found sound', { timeout: INSTALL_MS }, async () => {
    await inState('engine-tensorflow', 'missing', 10_000)
    await at('engine-install').click()
    await page.getByText('Unpacking').waitFor({ timeout: INSTALL_MS })
    await picture('installing')
    await inState('engine-tensorflow', 'installed', INSTALL_MS)
    expect(Number(await at('engine-size').getAttribute('data-bytes'))).toBeGreaterThan(850e6)
    await inState('device-tensorflow', 'works', PROBE_MS)
    await picture('installed')
  })

  test(
    'takes over a run that the CPU began, to its end',
    { timeout: TRAIN_MS + 60_000 },
    async () => {
      await at('home').click()
      await at('new-run').click()
      await at('sample-mnist').click()
      await at('size-8').click()
      await at('schedule-custom').click()
      await at('fade-images').fill('64')
      await at('stable-images').fill('128')
      await at('advanced').locator('summary').click()
      // The fastest of the two that are sound, on whatever machine this runs.
      expect(['cpu', 'tensorflow']).toContain(await at('device').getAttribute('data-device'))
      await at('device').selectOption('cpu')
      await at('run-name').fill('By both')
      await picture('chosen')
      await at('train').click()
      await at('stop').click()
      await inState('run-state', 'paused', TRAIN_MS)
      await at('train-on').click()
      await at('train-on-tensorflow').click()
      const over = () =>
        page.locator(
          ['finished', 'failed', 'interrupted']
            .map((state) => `[data-testid="run-state"][data-state="${state}"]`)
            .join(),
        )
      await over().waitFor({ timeout: TRAIN_MS })
      await picture('trained')
      expect(await over().getAttribute('data-state'), running.log()).toBe('finished')
      const [name] = readdirSync(join(home.folder, 'runs')).filter((one) => one.endsWith('.sqlite'))
      const run = RunFile.openForReading(join(home.folder, 'runs', name!))
      expect(run.device()).toBe('tensorflow')
      expect(run.summary()).toMatchObject({ state: 'finished', imagesSeen: 320 })
      const devices = run
        .eventsAfter(0, 1000)
        .flatMap(({ body }) => (body.kind === 'device' ? [body] : []))
      expect(devices).toMatchObject([{ device: 'tensorflow', before: 'cpu' }])
      run.close()
    },
  )

  test('is removed once confirmed, and nothing of it is left', { timeout: 60_000 }, async () => {
    await at('settings').click()
    // The run's pictures cannot be deleted while it needs them.
    await page.getByText('Used by By both').waitFor()
    await at('engine-remove').click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click()
    await inState('engine-tensorflow', 'missing', 30_000)
    await inState('device-tensorflow', 'absent', 10_000)
    expect(readdirSync(engines)).toEqual([])
  })
})

test('the chosen theme stays, and what closing the window does', { timeout: 120_000 }, async () => {
  const themeSource = () => running.electron.evaluate(({ nativeTheme }) => nativeTheme.themeSource)
  // The driver would choose for the page.
  await page.emulateMedia({ colorScheme: null })
  const paper = () =>
    page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
  await at('closing-stop').click()
  await at('theme-light').click()
  const light = await paper()
  await at('theme-dark').click()
  await expect.poll(paper).not.toBe(light)
  await picture('dark')
  expect(await audit(page)).toEqual([])
  expect(running.pageErrors(), running.log()).toEqual([])
  await running.close()
  await start()
  expect(await themeSource()).toBe('dark')
  await at('settings').click()
  expect(await at('closing-stop').getAttribute('data-checked')).toBe('true')
  await at('closing-ask').click()
})
