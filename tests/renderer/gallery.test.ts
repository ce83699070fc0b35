import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { auditByAllRules } from '../audit'
import { openBrowserPage, type BrowserPage } from './browserPage'

const screenshots = join(import.meta.dirname, '../../test-results')
let site: BrowserPage
let page: Page
let problems: string[] = []

beforeAll(async () => {
  site = await openBrowserPage()
  mkdirSync(screenshots, { recursive: true })
}, 120_000)
afterAll(() => site?.close())
afterEach(async () => {
  expect(await page.evaluate(() => window.violations)).toEqual([])
  expect(problems).toEqual([])
  await page.context().close()
})

const at = (testid: string) => page.locator(`[data-testid="${testid}"]`)
const shot = (name: string) => page.screenshot({ path: join(screenshots, `gallery-${name}.png`) })

async function openGallery(options = {}, classes: string[] | null = null): Promise<void> {
  const size = { width: 1280, height: 800 }
  const context = await site.browser.newContext({ viewport: size, locale: 'en-US', ...options })
  context.setDefaultTimeout(8000)
  page = await context.newPage()
  problems = []
  page.on('pageerror', (error) => problems.push(error.message))
  await page.goto(`${site.address}/?scene=garden`)
  await at('run-card-run-3').waitFor()
  await page.evaluate((names) => {
    const { summary } = window.garden.trainers.get('run-3')!
    summary.config = { ...summary.config, classes: names }
  }, classes)
  await at('run-card-run-3').click()
  await at('gallery').click()
  await drawn(0)
}

const drawn = (seed: number) =>
  page.locator(`[data-testid="tile-${seed}"] canvas[data-drawn="true"]`).waitFor()

/** Colours of a canvas, a sum that changes when they do. */
const sumOf = (testid: string) =>
  at(testid).evaluate((element) => {
    const canvas = element as HTMLCanvasElement
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
    return data.reduce((sum, byte, i) => sum + byte * ((i % 97) + 1), 0)
  })

const expectAccessible = async () => expect(await auditByAllRules(page)).toEqual([])

test('tiles are walked by keyboard, marked, mixed and compared with real pictures', async () => {
  await openGallery()
  await shot('sample')
  await at('tile-0').click()
  await page.keyboard.press('Enter')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowDown')
  const seed = Number(await at('detail-name').getAttribute('data-seed'))
  expect(seed).toBeGreaterThan(1)
  expect(await page.evaluate(() => document.activeElement?.getAttribute('data-seed'))).toBe(
    `${seed}`,
  )
  await at('mix-with').selectOption('0')
  await expect.poll(() => at('detail').getAttribute('data-drawn')).toBe('true')
  const half = await sumOf('detail')
  await at('mix-share').fill('0.9')
  await expect.poll(() => sumOf('detail')).not.toBe(half)
  await at('find-nearest').click()
  await at('nearest').waitFor()
  expect(await at('nearest').locator('li').count()).toBe(5)
  await expectAccessible()
  await shot('mix')
})

test('only what is seen is drawn, and what is seen last comes first', async () => {
  await openGallery()
  await page.evaluate(() => {
    window.garden.gallery.pace = 60
    window.garden.gallery.asked.length = 0
  })
  await at('gallery-seed').fill('5000')
  await at('gallery-seed').fill('90000')
  await drawn(90_000)
  const seeds = await page.evaluate(() => window.garden.gallery.asked)
  const passed = seeds.filter((seed) => seed > 1000 && seed < 89_000)
  expect(passed.length, 'asked for of what was passed by').toBeLessThanOrEqual(16)
  expect(await page.locator('[role="gridcell"]').count()).toBeLessThan(120)
})

test('truncation and the tiles’ size are sliders, and a failure is told', async () => {
  await openGallery()
  const before = await sumOf('detail')
  await at('gallery-truncation').fill('0.3')
  await expect.poll(() => sumOf('detail')).not.toBe(before)
  const width = () => at('tile-0').evaluate((tile) => tile.clientWidth)
  expect(await width()).toBe(128)
  await at('gallery-tile').fill('0')
  expect(await width()).toBe(64)
  await shot('small-tiles')
  await page.evaluate(() => {
    window.garden.gallery.failDrawing = 'The run file is damaged: checkpoint 4 cannot be read.'
  })
  await at('gallery-truncation').fill('0.9')
  await page.getByText('checkpoint 4 cannot be read').waitFor()
  await expectAccessible()
  await shot('failed')
})

test('a run with classes shows all of them, or one', async () => {
  await openGallery({}, ['cats', 'dogs', 'a class with a rather long name'])
  expect(await at('tile-1').getAttribute('aria-label')).toBe('Seed 1, dogs')
  await at('tile-2').dblclick()
  const bottom = (testid: string) =>
    at(testid).evaluate((element) => element.getBoundingClientRect().bottom)
  const apart = (await bottom('gallery-truncation')) - (await bottom('gallery-class'))
  expect(Math.abs(apart), 'sliders and lists stand on one line').toBeLessThan(8)
  await shot('classes')
  await at('gallery-class').selectOption('cats')
  expect(await at('tile-1').getAttribute('aria-label')).toBe('Seed 1, cats')
  // The favourite is the one of its own class.
  expect(await at('tile-2').getAttribute('aria-label')).toBe('Seed 2, cats')
  await at('gallery-export').click()
  await at('export-save').click()
  await at('export-done').waitFor()
  const [asked] = await page.evaluate(() => window.garden.exports)
  expect(asked).toMatchObject({ samples: { which: 'seeds', className: 'cats' } })
})

test('a hidden window draws nothing', async () => {
  await openGallery()
  const hide = (hidden: boolean) =>
    page.evaluate((value) => {
      Object.defineProperty(document, 'hidden', { value, configurable: true })
      document.dispatchEvent(new Event('visibilitychange'))
    }, hidden)
  await hide(true)
  // What was asked for before may still come in; nothing is asked for any more.
  await page.evaluate(() => (window.garden.gallery.asked.length = 0))
  await at('gallery-seed').fill('4000')
  await page.waitForTimeout(300)
  expect(await page.evaluate(() => window.garden.gallery.asked)).toEqual([])
  await hide(false)
  await drawn(4000)
})

test('favourites become a walk that plays', async () => {
  await openGallery()
  await at('tab-walk').click()
  await page.getByText('Mark two favourites').waitFor()
  await shot('walk-empty')
  for (const seed of [1, 3, 6]) await at(`tile-${seed}`).dblclick()
  await at('walk-seconds').fill('2')
  await at('walk-play').click()
  await expect
    .poll(() => at('walk-position').getAttribute('data-ready'), { timeout: 8000 })
    .toBe('40')
  const places = new Set<string>()
  for (let i = 0; i < 30 && places.size < 4; i++) {
    places.add(await at('walk-position').inputValue())
    await page.waitForTimeout(60)
  }
  expect(places.size).toBeGreaterThanOrEqual(4)
  await at('stop-3').click()
  expect(await at('stop-3').getAttribute('aria-pressed')).toBe('false')
  await expectAccessible()
  await shot('walk')
  await at('walk-export').click()
  await at('export-save').waitFor()
  await expectAccessible()
  await shot('export-walk')
  await at('export-save').click()
  await at('export-done').waitFor()
  const [asked] = await page.evaluate(() => window.garden.exports)
  expect(asked).toMatchObject({
    kind: 'walk',
    seconds: 2,
    walk: { loop: true, stops: [{ seed: 1 }, { seed: 6 }] },
  })
})

test('every kind of export is asked for as it is chosen', async () => {
  await openGallery({ viewport: { width: 1920, height: 1080 } })
  await shot('wide')
  await at('gallery-export').click()
  const kinds = ['sheet', 'pictures', 'walk', 'timelapse', 'html', 'onnx', 'metrics'] as const
  for (const kind of kinds) {
    await at(`export-kind-${kind}`).click()
    await shot(`export-${kind}`)
    await at('export-save').click()
    await at('export-done').waitFor()
    await at('export-again').click()
  }
  const asked = await page.evaluate(() => window.garden.exports)
  expect(asked.map(({ kind }) => kind)).toEqual(kinds)
  expect(asked.map(({ file }) => file.split('.').at(-1))).toEqual(
    'png zip webp webp html onnx csv'.split(' '),
  )
  await at('export-kind-run').click()
  await at('export-save').click()
  await at('export-done').waitFor()
  expect(await at('export-file').textContent()).toMatch(/Handwriting\.sprout$/)
  await at('export-again').click()
  await at('export-kind-sheet').click()
  await at('export-count').fill('400')
  await at('export-save').click()
  await page.getByText('left').waitFor()
  await shot('export-progress')
  await at('export-cancel').click()
  await at('export-cancelled').waitFor()
})

test.each([
  ['dark', { colorScheme: 'dark' }],
  ['chinese', { locale: 'zh-CN' }],
  ['calm', { reducedMotion: 'reduce' }],
])('looks right: %s', async (name, options) => {
  await openGallery(options)
  for (const seed of [2, 9]) await at(`tile-${seed}`).dblclick()
  await expectAccessible()
  await shot(name)
  await at('tab-walk').click()
  await shot(`${name}-walk`)
  await at('gallery-export').click()
  await at('export-save').waitFor()
  await expectAccessible()
  await shot(`${name}-export`)
})
