import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { audit } from '../audit'
import { openBrowserPage, type BrowserPage } from './browserPage'

const results = 'test-results/faults'
let site: BrowserPage
let page: Page
let problems: string[] = []

beforeAll(async () => {
  mkdirSync(results, { recursive: true })
  site = await openBrowserPage()
}, 120_000)
afterAll(() => site?.close())
afterEach(async () => {
  expect(await audit(page)).toEqual([])
  expect(await page.evaluate(() => window.violations)).toEqual([])
  expect(problems).toEqual([])
  await page.context().close()
})

const at = (testid: string) => page.getByTestId(testid)
const picture = (name: string) =>
  page.screenshot({ path: join(results, `${name}.png`), fullPage: true })

async function open(options = {}): Promise<void> {
  const viewport = { width: 1280, height: 800 }
  const context = await site.browser.newContext({ viewport, locale: 'en-US', ...options })
  context.setDefaultTimeout(8000)
  page = await context.newPage()
  problems = []
  page.on('pageerror', (error) => problems.push(error.message))
  await page.goto(`${site.address}/?scene=garden`)
  await at('new-run').waitFor()
}

test('damaged files are listed with their repair, by keyboard too', async () => {
  await open()
  await page.evaluate(() => {
    const file = '/home/me/.sprout/runs/2026-11-03-9f2c11ab.sqlite'
    window.garden.problems = [
      {
        kind: 'run',
        id: '2026-11-03-9f2c11ab',
        file,
        message: `${file} is damaged: database disk image is malformed.`,
      },
      {
        kind: 'dataset',
        id: '51b4a8d0',
        file: '/home/me/.sprout/datasets/51b4a8d0.sqlite',
        message: '/home/me/.sprout/datasets/51b4a8d0.sqlite is not a Sprout dataset file.',
      },
    ]
    window.garden.repairReport = JSON.stringify({
      kind: 'run',
      id: 'run-1',
      file,
      kept: `${file}.damaged`,
      checkpoints: [{ id: 1, imagesSeen: 12800, step: 800, kind: 'regular', createdAt: 1 }],
      lostCheckpoints: [25600],
      lostEvents: 41,
      lostMosaics: 2,
      preparedAgain: 0,
    })
    window.garden.libraryEmit('runsChanged', {})
  })
  await at('damaged-file').first().waitFor()
  expect(await at('damaged-file').count()).toBe(2)
  await picture('damaged')
  await at('repair').first().focus()
  await page.keyboard.press('Enter')
  await page.locator('[data-testid="damaged-file"][data-state="repaired"]').waitFor()
  const text = await at('damaged-file').first().textContent()
  expect(text).toContain('goes on from 12,800 images')
  expect(text).toContain('Lost checkpoints: 1; lost entries of its history: 41')
  await picture('repaired')
  await at('open-repaired').click()
  await at('run-title').waitFor()
})

test('a full disk is told on the run that waits, which goes on when it is tried again', async () => {
  await open({ colorScheme: 'dark', locale: 'zh-CN' })
  await at('run-card-run-1').click()
  await at('pause').waitFor()
  await page.evaluate(() =>
    window.garden.tellTrouble({
      kind: 'full',
      message:
        'Disk full: 3 MB free in /home/me/.sprout/runs; a tick could not be stored. Make room.',
    }),
  )
  await at('trouble').waitFor()
  expect(await at('run-state').getAttribute('data-state')).toBe('paused')
  await picture('full-disk')
  await at('try-again').click()
  await at('trouble').waitFor({ state: 'detached' })
})

test.each([
  ['not-a-number', 'lower-rate'],
  ['device-lost', 'train-on-cpu'],
] as const)('a run that failed by %s offers what helps', async (reason, button) => {
  await open()
  await page.evaluate((reason) => {
    const fake = window.garden.trainers.get('run-1')!
    const message = 'A loss is no longer a number at 16 px (fade), step 812.'
    fake.record({ kind: 'error', imagesSeen: 100, message, reason })
    fake.state('failed')
    fake.summary.failure = message
    window.garden.end('run-1', 'failed')
  }, reason)
  await at('run-card-run-1').click()
  await at(button).waitFor()
  await picture(reason)
  await at(button).click()
  if (reason === 'not-a-number') {
    await at('branch-rate').waitFor()
    expect(Number(await at('branch-rate').inputValue())).toBeLessThan(0.001)
    await picture('lower-rate')
    await page.keyboard.press('Escape')
  } else {
    await expect.poll(() => page.evaluate(() => window.garden.trainedOn)).toBe('cpu')
  }
})
