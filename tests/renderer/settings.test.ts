import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { audit } from '../audit'
import { openBrowserPage, type BrowserPage } from './browserPage'

const results = 'test-results/settings'
let site: BrowserPage
let page: Page
let problems: string[] = []

beforeAll(async () => {
  mkdirSync(results, { recursive: true })
  site = await openBrowserPage()
}, 120_000)
afterAll(() => site?.close())
afterEach(async () => {
  expect(await page.evaluate(() => window.violations)).toEqual([])
  expect(problems).toEqual([])
  await page.context().close()
})

const at = (testid: string) => page.getByTestId(testid)
const picture = (name: string) =>
  page.screenshot({ path: join(results, `${name}.png`), fullPage: true })

async function open(filled: boolean, options = {}): Promise<void> {
  const viewport = { width: 1280, height: 800 }
  const context = await site.browser.newContext({ viewport, locale: 'en-US', ...options })
  context.setDefaultTimeout(8000)
  page = await context.newPage()
  problems = []
  page.on('pageerror', (error) => problems.push(error.message))
  await page.goto(`${site.address}/?scene=${filled ? 'garden' : 'empty'}`)
  await at('new-run').waitFor()
  if (filled) {
    await page.evaluate(() => {
      // Nothing trains, so that devices can be tried.
      window.garden.end('run-1', 'paused')
      window.garden.machine.fill()
      window.garden.machine.changed()
    })
  }
  await at('settings').click()
  await at('devices').waitFor()
}

const stateOf = (testid: string) => at(testid).getAttribute('data-state')

describe('devices', () => {
  test('are untried at first, tried one after the other, and can be tried again', async () => {
    await open(false)
    expect(await stateOf('device-cpu')).toBe('untried')
    expect(await stateOf('device-tensorflow')).toBe('absent')
    expect(await at('device-test-tensorflow').count()).toBe(0)
    await picture('untried')
    // Slow enough to be seen on a busy machine.
    await page.evaluate(() => {
      window.garden.machine.pace.probe = 1200
    })
    await at('devices-test').click()
    await page.locator('[data-testid="device-webgpu"] [data-verdict="trying"]').waitFor()
    await page.locator('[data-testid="device-webgpu"][data-state="works"]').waitFor()
    await at('devices-stop').waitFor({ state: 'detached' })
    expect(await at('device-webgpu').textContent()).toContain('7.98× the CPU')
    await at('device-test-cpu').focus()
    await page.keyboard.press('Enter')
    await page.locator('[data-testid="device-cpu"] [data-verdict="trying"]').waitFor()
  })

  test('are not tried while a run trains, and trying can be stopped', async () => {
    await open(true)
    await page.evaluate(() => (window.garden.machine.standsAfter = 1))
    await at('devices-test').click()
    await at('devices-stop').click()
    await at('devices-test').waitFor()
    await page.evaluate(() => window.garden.start('run-2'))
    await page.waitForFunction(() =>
      document
        .querySelector<HTMLButtonElement>('[data-testid="devices-test"]')!
        .matches(':disabled'),
    )
  })
})

describe('the TensorFlow engine', () => {
  test('is installed with progress, then tried, and removed once confirmed', async () => {
    await open(false)
    await page.evaluate(() => {
      window.garden.machine.standsAfter = 4
      window.garden.machine.pace.probe = 1200
    })
    await at('engine-install').click()
    await page.getByText('Downloading TensorFlow').waitFor()
    await page.getByText(/\d+ MB of 274 MB · .* left/).waitFor()
    await picture('installing')
    await page.evaluate(() => (window.garden.machine.standsAfter = Infinity))
    await at('engine-done').waitFor()
    await page.locator('[data-testid="device-tensorflow"] [data-verdict="trying"]').waitFor()
    await page.getByText(/857 MB on the disk/).waitFor()
    await at('engine-remove').click()
    await page.getByRole('alertdialog').waitFor()
    await picture('remove')
    await page.keyboard.press('Escape')
    expect(await stateOf('engine-tensorflow')).toBe('installed')
    await at('engine-remove').click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click()
    await page.locator('[data-testid="engine-tensorflow"][data-state="missing"]').waitFor()
    await page.getByRole('alertdialog').waitFor({ state: 'detached' })
    expect(await at('engine-done').textContent()).toContain('1.1 GB')
  })

  test('says why it could not be installed, and can be stopped', async () => {
    await open(false)
    await page.evaluate(() => {
      window.garden.machine.failWork =
        'Building the TensorFlow engine takes g++; install it (on Debian: apt-get install g++) and try again.'
    })
    await at('engine-install').click()
    await at('engine-failure').waitFor()
    expect(await at('engine-failure').textContent()).toContain('takes g++')
    await picture('failed')
    await page.evaluate(() => {
      window.garden.machine.failWork = null
      window.garden.machine.standsAfter = 2
    })
    await at('engine-install').click()
    await at('engine-stop').click()
    await page.getByText('Whole downloads are kept').waitFor()
  })

  test('shows work that began elsewhere, and that it is damaged', async () => {
    await open(true)
    await page.evaluate(() => {
      const { machine } = window.garden
      machine.engine = { ...machine.engine, state: 'broken' }
      machine.standsAfter = 3
      machine.changed()
    })
    await page.locator('[data-testid="engine-tensorflow"][data-state="broken"]').waitFor()
    await at('engine-repair').click()
    await at('home').click()
    await at('settings').click()
    await page.locator('[data-testid="engine-tensorflow"][data-state="repair"]').waitFor()
    await page.evaluate(() => (window.garden.machine.standsAfter = Infinity))
    await page.getByText('Every file is as it was installed.').waitFor()
  })
})

test('prepared pictures that no run needs can be deleted', async () => {
  await open(true)
  expect(await at('dataset-delete-d1').count()).toBe(0)
  await at('dataset-delete-d3').click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click()
  await at('dataset-d3').waitFor({ state: 'detached' })
  expect(await at('dataset-d1').count()).toBe(1)
})

test('the theme is handed to the shell, by keyboard too', async () => {
  await open(true)
  await at('theme-dark').click()
  // The window hands it over and does not wait.
  const theme = () => page.evaluate(() => window.garden.machine.theme)
  await expect.poll(theme).toBe('dark')
  await page.keyboard.press('ArrowLeft')
  await expect.poll(theme).toBe('light')
})

test('a new run takes the fastest sound device, or the one that is named', async () => {
  await open(true)
  await at('home').click()
  await at('new-run').click()
  await at('sample-emoji').click()
  await at('advanced').locator('summary').click()
  await page.locator('[data-testid="device"][data-device="webgpu"]').waitFor()
  await picture('choice')
  await at('device').selectOption('tensorflow')
  await at('train').click()
  await at('run-title').waitFor()
  const devices = () =>
    page.evaluate(() =>
      [...window.garden.trainers.values()].map((one) => one.summary.config.device),
    )
  expect((await devices()).at(-1)).toBe('tensorflow')
})

test('a stopped run goes on with another device', async () => {
  await open(true)
  await at('home').click()
  await at('run-card-run-2').click()
  await at('train-on').focus()
  await page.keyboard.press('Enter')
  await at('train-on-tensorflow').waitFor()
  await picture('trainOn')
  expect(await at('train-on-cuda').getAttribute('aria-disabled')).toBe('true')
  expect(await audit(page)).toEqual([])
  await at('train-on-tensorflow').click()
  await page.locator('[data-testid="run-state"][data-state="training"]').waitFor()
  expect(await page.evaluate(() => window.garden.trainedOn)).toBe('tensorflow')
})

test('micro-batches are offered where batches do not fit, and taken', async () => {
  await open(false)
  await page.evaluate(() => {
    window.garden.memoryBytes = 300 * 2 ** 20
    window.garden.fittingMicroBatch = 4
  })
  await at('home').click()
  await at('new-run').click()
  await at('sample-emoji').click()
  await at('rehearsal-split-use').click()
  await at('rehearsal-is-split').waitFor()
  await picture('split')
  await at('train').click()
  await at('run-title').waitFor()
  const stages = await page.evaluate(
    () => [...window.garden.trainers.values()][0]!.summary.config.stages,
  )
  expect(new Set(stages.map(({ microBatch }) => microBatch))).toEqual(new Set([4]))
})

describe.each(['light', 'dark'] as const)('in the %s theme', (colorScheme) => {
  test('nothing hinders a person with a screen reader or weak eyes', async () => {
    await open(true, { colorScheme, reducedMotion: 'reduce' })
    await at('device-cuda').locator('summary').click()
    await picture(`full-${colorScheme}`)
    expect(await audit(page)).toEqual([])
    await page.setViewportSize({ width: 1920, height: 1080 })
    await picture(`wide-${colorScheme}`)
    await at('engine-repair').click()
    await at('engine-stop').waitFor()
    expect(await audit(page)).toEqual([])
  })
})

test('all of it is in Chinese', async () => {
  await open(true, { locale: 'zh-CN' })
  await page.getByRole('heading', { name: '设备' }).waitFor()
  await picture('chinese')
  await at('language-en').click()
  await page.getByRole('heading', { name: 'Devices' }).waitFor()
})
