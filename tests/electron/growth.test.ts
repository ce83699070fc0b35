import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, expect, test } from 'vitest'
import { launch, temporaryHome, type RunningApp } from './launch'
import { measurePictures } from './pictures'

/** Long enough that pictures take shape, short enough for a test: 10,240 images in all. */
const FADE_IMAGES = 2048
const STABLE_IMAGES = 2048
const TOTAL_IMAGES = 3 * STABLE_IMAGES + 2 * FADE_IMAGES
const GROW_TIMEOUT_MS = 8 * 60_000
const PICTURES = 25
const SIZE = 16

const home = temporaryHome()
const sheet = join(home.folder, 'sheet.png')
const screenshots = join(import.meta.dirname, '../../test-results')
let running: RunningApp | null = null

async function start(): Promise<Page> {
  running = await launch(home.folder, { SPROUT_TEST_SAVE_FILE: sheet })
  return running.page
}

async function close(): Promise<void> {
  await running?.close()
  running = null
}

afterEach(close)
afterAll(home.remove)

/** What the run's screen shows at one moment. */
type Sight = {
  state: string
  alpha: number
  imagesSeen: number
  position: number
  stage: number
  mosaicImages: number
  /** Sum over the mosaic's pixels: changes when what is drawn does. */
  mosaicSum: number
}

function look(page: Page): Promise<Sight> {
  return page.evaluate(() => {
    const find = (name: string) => document.querySelector<HTMLElement>(`[data-testid="${name}"]`)
    const number = (name: string, key: string) => Number(find(name)?.dataset[key] ?? Number.NaN)
    const canvas = find('mosaic') as HTMLCanvasElement | null
    const { width = 0, height = 0 } = canvas ?? {}
    const drawn =
      width * height > 0 ? canvas!.getContext('2d')!.getImageData(0, 0, width, height) : null
    return {
      state: find('run-state')?.dataset['state'] ?? '',
      alpha: number('alpha', 'alpha'),
      imagesSeen: number('images-seen', 'value'),
      position: number('stage-timeline', 'position'),
      stage: number('stage-timeline', 'stage'),
      mosaicImages: number('mosaic', 'images'),
      mosaicSum: drawn === null ? Number.NaN : drawn.data.reduce((sum, byte) => sum + byte, 0),
    }
  })
}

/** Looks again and again until `done`; answers all it saw. Fails at once when the run does. */
async function watch(page: Page, done: (sight: Sight) => boolean): Promise<Sight[]> {
  const sights: Sight[] = []
  const deadline = Date.now() + GROW_TIMEOUT_MS
  while (Date.now() < deadline) {
    const sight = await look(page)
    sights.push(sight)
    if (sight.state === 'failed') break
    if (done(sight)) return sights
    await page.waitForTimeout(100)
  }
  const failure = await page.getByTestId('failure').allTextContents()
  throw new Error(
    `The run did not get there; last seen ${JSON.stringify(sights.at(-1))} ${failure.join(' ')}\n${running?.log()}`,
  )
}

async function plantEmoji(page: Page): Promise<void> {
  await page.getByTestId('new-run').click()
  await page.getByTestId('sample-emoji').click()
  await page.getByTestId(`size-${SIZE}`).click()
  await page.getByTestId('preset-tiny').click()
  await page.getByTestId('schedule-custom').click()
  await page.getByTestId('fade-images').fill(`${FADE_IMAGES}`)
  await page.getByTestId('stable-images').fill(`${STABLE_IMAGES}`)
  await page.getByTestId('run-name').fill('Growing up')
  await page.getByTestId('train').click()
}

/** Numbers seen, without repeats, in the order of their first sight. */
function distinct(sights: readonly Sight[], key: keyof Sight): number[] {
  return [...new Set(sights.map((sight) => sight[key] as number))].filter((n) => !Number.isNaN(n))
}

function expectGrowing(numbers: readonly number[]): void {
  expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
}

test(
  'a run grows through two fades, survives being closed in the second, and exports pictures',
  { timeout: 2 * GROW_TIMEOUT_MS },
  async () => {
    mkdirSync(screenshots, { recursive: true })
    let page = await start()
    await plantEmoji(page)

    // The first fade from end to end, then well into the second.
    const before = await watch(
      page,
      ({ stage, alpha, state }) =>
        state === 'training' && stage === 2 && alpha > 0.3 && alpha < 0.7,
    )
    await page.screenshot({ path: join(screenshots, 'mid-fade.png') })
    const atClose = before.at(-1)!
    await close()

    const firstFade = distinct(
      before.filter(({ stage, alpha }) => stage === 1 && alpha < 1),
      'alpha',
    )
    expect(firstFade.length, 'alphas seen in the first fade').toBeGreaterThan(3)
    expectGrowing(firstFade)
    expect(firstFade[0]).toBeLessThan(0.5)
    expect(firstFade.at(-1)).toBeGreaterThan(0.5)
    expect(distinct(before, 'position').length).toBeGreaterThan(10)
    expectGrowing(distinct(before, 'position'))
    expect(distinct(before, 'stage').filter((stage) => stage > 0)).toEqual([1, 2])
    expect(distinct(before, 'mosaicImages').length, 'mosaics seen').toBeGreaterThan(2)
    expectGrowing(distinct(before, 'mosaicImages'))
    expect(distinct(before, 'mosaicSum').length, 'different mosaics drawn').toBeGreaterThan(2)

    page = await start()
    await page.getByTestId(/^run-card-/).click()
    await page.getByTestId('run-state').waitFor()
    const [reopened] = await watch(
      page,
      ({ state, imagesSeen }) => state === 'paused' && imagesSeen > 0,
    )
    expect(reopened).toMatchObject({ state: 'paused', stage: 2 })
    expect(reopened!.imagesSeen).toBeGreaterThanOrEqual(atClose.imagesSeen)
    expect(reopened!.alpha).toBeGreaterThan(0)
    expect(reopened!.alpha).toBeLessThan(1)

    await page.getByTestId('resume').click()
    const after = await watch(page, ({ state }) => state === 'finished')
    const fadedOn = after.filter(({ stage, alpha }) => stage === 2 && alpha < 1)
    expect(fadedOn.length, 'the fade goes on where it stood').toBeGreaterThan(0)
    expect(Math.min(...distinct(after, 'imagesSeen'))).toBeGreaterThanOrEqual(reopened!.imagesSeen)
    expectGrowing(distinct(after, 'position'))
    expect(after.at(-1)).toMatchObject({ stage: 2, alpha: 1, imagesSeen: TOTAL_IMAGES })
    expect(await page.getByTestId('notice').count(), 'complaints about an orderly end').toBe(0)
    await page.screenshot({ path: join(screenshots, 'finished.png') })

    await page.getByTestId('export').click()
    await page.getByTestId('export-count').fill(`${PICTURES}`)
    await page.getByTestId('export-save').click()
    await page.getByTestId('export-done').waitFor({ timeout: 60_000 })
    expect(await page.getByTestId('export-file').textContent()).toBe(sheet)
    expect(running!.pageErrors(), running!.log()).toEqual([])

    const found = await measurePictures(sheet, SIZE)
    expect(found.pictures).toBe(PICTURES)
    // Noise has a correlation near 0 between neighbours, one flat colour no contrast, a grey ramp no colours.
    expect(found.neighbourCorrelation).toBeGreaterThan(0.5)
    expect(found.contrast).toBeGreaterThan(15)
    expect(found.colours).toBeGreaterThan(40)
    expect(found.differenceBetweenPictures).toBeGreaterThan(8)
  },
)
