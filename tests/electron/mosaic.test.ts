import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { audit } from '../audit'
import { FADING, makeFadingRun } from '../fadingRun'
import { launch, temporaryHome, type RunningApp } from './launch'

const screenshots = join(import.meta.dirname, '../../test-results')
const home = temporaryHome()
let running: RunningApp
let page: Page
let runId: string

beforeAll(async () => {
  mkdirSync(screenshots, { recursive: true })
  runId = await makeFadingRun(home.folder, 'Half way')
  running = await launch(home.folder)
  page = running.page
  await page.getByTestId(`run-card-${runId}`).click()
  await page.locator('[data-testid="mosaic"][data-images]').waitFor()
}, 240_000)

afterAll(async () => {
  await running?.close()
  home.remove()
})

const at = (testid: string) => page.locator(`[data-testid="${testid}"]`)

/** Waits until the mosaic on the canvas is of so many images. */
const shown = (images: number) =>
  page.locator(`[data-testid="mosaic"][data-images="${images}"]`).waitFor()

/** A number that changes with any pixel of a canvas. */
const sumOf = (testid: string): Promise<number> =>
  at(testid).evaluate((element) => {
    const canvas = element as HTMLCanvasElement
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
    return data.reduce((sum, byte, i) => (sum * 31 + byte * ((i % 251) + 1)) % 0xffffffff, 7)
  })

/** All pixels of a small canvas, RGBA. */
const pixelsOf = (testid: string): Promise<number[]> =>
  at(testid).evaluate((element) => {
    const canvas = element as HTMLCanvasElement
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
    return [...data]
  })

async function picture(name: string): Promise<void> {
  await page.screenshot({ path: join(screenshots, `mosaic-${name}.png`) })
}

const { stableImages, fadeImages, mosaicImages } = FADING
/** Images seen where the run stands. */
const MIDDLE = stableImages + fadeImages / 2
/** Mosaics until there, the one before the first step included. */
const MOSAICS = MIDDLE / mosaicImages + 1

test('the history of mosaics is scrubbed by keyboard, and Live comes back to the newest', async () => {
  await shown(MIDDLE)
  expect(await at('mosaic-where').getAttribute('data-count')).toBe(`${MOSAICS}`)
  const newest = await sumOf('mosaic')
  const scrub = at('mosaic-scrub')
  await scrub.focus()
  await page.keyboard.press('Home')
  await shown(0)
  expect(await sumOf('mosaic')).not.toBe(newest)
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowRight')
  await shown(2 * mosaicImages)
  expect(await scrub.getAttribute('aria-valuetext')).toBe('8×8, stable · after 64 images')
  expect(await at('mosaic-live').getAttribute('aria-pressed')).toBe('false')
  await picture('scrubbed')
  await at('mosaic-live').click()
  await shown(MIDDLE)
  expect(await sumOf('mosaic')).toBe(newest)
})

test('the history plays to its end and is live again', async () => {
  await at('mosaic-speed').selectOption('30')
  await at('mosaic-play').click()
  expect(await at('mosaic-play').getAttribute('data-playing')).toBe('true')
  await page.locator('[data-testid="mosaic-live"][aria-pressed="true"]').waitFor()
  await shown(MIDDLE)
})

test('pixels are drawn as whole squares, and as large as one asks', async () => {
  await at('mosaic-columns').selectOption('4')
  await at('mosaic-zoom').selectOption('4')
  await page.locator('[data-testid="mosaic"][data-side="64"]').waitFor()
  const equal = await at('mosaic').evaluate((element) => {
    const canvas = element as HTMLCanvasElement
    const { data } = canvas.getContext('2d')!.getImageData(0, 5, 64, 1)
    const colour = (x: number) => data.slice(4 * x, 4 * x + 4).join()
    return Array.from({ length: 64 }, (_, x) => colour(x) === colour(x - (x % 4)))
  })
  expect(equal.every(Boolean)).toBe(true)
  await at('mosaic-zoom').selectOption('0')
  await at('mosaic-columns').selectOption('8')
})

test('a picture’s film strip opens by keyboard and leads through its history', async () => {
  const tile = at('mosaic-tile-0')
  await tile.focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Enter')
  await page.locator('[data-testid="film-strip"][data-tile="9"]').waitFor()
  await expect
    .poll(async () => {
      const canvas = at('film-strip-canvas')
      const [drawn, cells] = await Promise.all([
        canvas.getAttribute('data-drawn'),
        canvas.getAttribute('data-cells'),
      ])
      return drawn === cells && Number(cells) > 3
    })
    .toBe(true)
  await at('film-strip-frames').focus()
  await page.keyboard.press('Home')
  await shown(0)
  await page.keyboard.press('ArrowRight')
  await shown(mosaicImages)
  expect(await audit(page)).toEqual([])
  await picture('film-strip')
  await at('film-strip-close').click()
  await at('mosaic-live').click()
  await shown(MIDDLE)
})

test('real pictures stand beside, as far faded in', async () => {
  await at('mosaic-reals-toggle').check()
  await page.locator(`[data-testid="mosaic-reals"][data-images="${MIDDLE}"]`).waitFor()
  const faded = await sumOf('mosaic-reals')
  await picture('reals')
  await at('mosaic-full').click()
  await at('mosaic-window').waitFor()
  await page.locator(`[data-testid="mosaic-reals"][data-images="${MIDDLE}"]`).waitFor()
  expect(await audit(page)).toEqual([])
  await picture('full')
  await page.keyboard.press('Escape')
  await at('mosaic-window').waitFor({ state: 'detached' })
  // The stage before has half the pixels.
  await at('mosaic-scrub').focus()
  await page.keyboard.press('Home')
  await page.locator('[data-testid="mosaic-reals"][data-images="0"]').waitFor()
  expect(await sumOf('mosaic-reals')).not.toBe(faded)
  await at('mosaic-live').click()
  await at('mosaic-reals-toggle').uncheck()
})

test('both paths of the fade and their blend are what lerp says, at any alpha', async () => {
  await at('microscope-open').click()
  const paths = at('microscope-paths')
  await page.locator('[data-testid="microscope-paths"][data-drawn="true"]').waitFor()
  expect(Number(await paths.getAttribute('data-alpha'))).toBeCloseTo(0.5)
  await picture('microscope')
  expect(await audit(page)).toEqual([])
  for (const alpha of [0.5, 0.25]) {
    if (alpha !== 0.5) {
      await at('microscope-alpha').focus()
      for (let i = 0; i < 25; i++) await page.keyboard.press('ArrowLeft')
      await page
        .locator('[data-testid="microscope-paths"][data-alpha="0.25"][data-drawn="true"]')
        .waitFor()
      // Drawn with the screen's next frame.
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => done(null))))
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => done(null))))
    }
    for (const row of ['fade-generator', 'fade-reals']) {
      const [old, next, blend] = await Promise.all(
        ['old', 'new', 'blend'].map(async (path) => {
          const tiles = [0, 1, 2, 3].map((tile) => pixelsOf(`${row}-${path}-${tile}`))
          return (await Promise.all(tiles)).flat()
        }),
      )
      expect(old).not.toEqual(next)
      let compared = 0
      let worst = 0
      old!.forEach((from, i) => {
        const to = next![i]!
        // What was cut off at black or white is known no more.
        if (i % 4 === 3 || [from, to].some((byte) => byte === 0 || byte === 255)) return
        compared++
        worst = Math.max(worst, Math.abs(blend![i]! - (from + (to - from) * alpha)))
      })
      expect(compared, row).toBeGreaterThan(500)
      expect(worst, row).toBeLessThanOrEqual(1)
    }
  }
  await page.keyboard.press('Escape')
})

test('the network is drawn with the block that fades, and tells what its weights hold', async () => {
  const block = at('block-generator-16x16')
  await block.focus()
  await picture('network')
  await page.keyboard.press('Enter')
  await at('block-stats').waitFor({ timeout: 60_000 })
  const rows = await at('block-stats').locator('tbody tr').allTextContents()
  expect(rows.length).toBeGreaterThan(3)
  // Weights are drawn from N(0, 1) and have hardly moved (section 4.1 of the paper).
  const weight = rows.find((row) => row.includes('weight'))!
  expect(weight).toMatch(/[01]\.\d/)
  await at('block-stats').scrollIntoViewIfNeeded()
  await picture('network-block')
  expect(await audit(page)).toEqual([])
  await page.evaluate(() => window.scrollTo(0, 0))
})

test('checkpoints are pins: told of by keyboard, and kept while the run trains', async () => {
  const middle = at(`checkpoint-${MIDDLE}`)
  await middle.focus()
  await at('checkpoint-card').waitFor()
  await page.locator('[data-testid="checkpoint-mosaic"][data-images]').waitFor()
  await picture('pin')
  await page.keyboard.press('ArrowLeft')
  expect(await page.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe(
    `checkpoint-${stableImages}`,
  )
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Enter')
  await at('checkpoint-menu').waitFor()
  await picture('pin-menu')
  expect(await audit(page)).toEqual([])
  await at('checkpoint-export').click()
  await at('export-save').waitFor()
  await page.keyboard.press('Escape')
  await at('export-save').waitFor({ state: 'detached' })
  await middle.focus()
  await page.keyboard.press('Enter')
  await at('checkpoint-pin').click()
  await page.locator(`[data-testid="checkpoint-${MIDDLE}"][data-pinned="true"]`).waitFor()

  await at('resume').click()
  await page.locator('[data-testid="run-state"][data-state="training"]').waitFor()
  await at(`checkpoint-${stableImages}`).click()
  await at('checkpoint-pin').click()
  await page.locator(`[data-testid="checkpoint-${stableImages}"][data-pinned="true"]`).waitFor()
  // Live mosaics come while it trains.
  await page.waitForFunction(
    (images) =>
      Number(document.querySelector<HTMLElement>('[data-testid="mosaic"]')!.dataset.images) >
      images,
    MIDDLE,
  )
  await page
    .locator('[data-testid="run-state"][data-state="finished"]')
    .waitFor({ timeout: 120_000 })
  await at(`checkpoint-${MIDDLE}`).waitFor()
  expect(await at(`checkpoint-${MIDDLE}`).getAttribute('data-pinned')).toBe('true')
}, 180_000)

test('outside of a fade the microscope says so, and shows the last one', async () => {
  await at('microscope-open').click()
  await page.locator('[data-testid="microscope-paths"][data-drawn="true"]').waitFor()
  expect(await at('microscope-sentence').textContent()).toContain('no further fade')
  expect(Number(await at('microscope-paths').getAttribute('data-alpha'))).toBe(1)
  await page.keyboard.press('Escape')
})

test('from a pin the run goes back, and a branch begins', async () => {
  const open = async (images: number) => {
    await at(`checkpoint-${images}`).click()
    await at('checkpoint-branch').click()
    await at('branch-create').waitFor()
  }
  await open(MIDDLE)
  await at('branch-rewind').click()
  await picture('go-back')
  await at('branch-create').click()
  await page.locator(`[data-testid="images-seen"][data-value="${MIDDLE}"]`).waitFor()
  await page.locator('[data-testid="run-state"][data-state="paused"]').waitFor()
  // What came after it is dropped.
  expect(await at(`checkpoint-${stableImages + fadeImages}`).count()).toBe(0)

  await open(stableImages)
  await at('branch-size').selectOption('32')
  await at('branch-name').fill('Taller')
  await picture('branch-from-pin')
  await at('branch-create').click()
  await page
    .locator('[data-testid="run-title"]', { hasText: 'Taller' })
    .waitFor({ timeout: 60_000 })
  await page.locator(`[data-testid="images-seen"][data-value="${stableImages}"]`).waitFor()
  await page.getByText('Stage 1 of 3').or(page.getByText('Stage 2 of 3')).waitFor()
  await at('home').click()
  await at(`run-card-${runId}`).click()
  await page.locator('[data-testid="mosaic"][data-images]').waitFor()
}, 120_000)

test('it looks right in both themes, sizes and languages', async () => {
  const { electron } = running
  for (const [theme, width, height] of [
    ['dark', 1280, 800],
    ['light', 1920, 1080],
    ['dark', 1920, 1080],
  ] as const) {
    await page.emulateMedia({ colorScheme: theme })
    await electron.evaluate(
      ({ BrowserWindow }, [w, h]) => BrowserWindow.getAllWindows()[0]!.setContentSize(w!, h!),
      [width, height],
    )
    await page.waitForTimeout(300)
    await picture(`${theme}-${width}`)
    expect(await audit(page)).toEqual([])
  }
  await at('language').selectOption('zh-CN')
  await at('mosaic-tile-3').click()
  await page.waitForTimeout(500)
  await picture('chinese')
  await at('microscope-open').click()
  await page.locator('[data-testid="microscope-paths"][data-drawn="true"]').waitFor()
  await picture('chinese-microscope')
  await page.keyboard.press('Escape')
})

test('nothing went wrong in the page', async () => {
  expect(await page.getByTestId('notice').allTextContents()).toEqual([])
  expect(running.pageErrors(), running.log()).toEqual([])
})
