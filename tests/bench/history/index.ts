import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { trainConfigFor } from '../../../shared/domain/presets'
import { forkedJobs } from '../../../main/ipc/forkedJobs'
import { Library } from '../../../main/library/library'
import { openHome, type Home } from '../../../main/store/home'
import { RunFile } from '../../../main/store/runFile'
import { quitApp, startApp } from '../../electron/startApp'
import { median } from '../median'
import { option } from '../option'

/**
 * A history of many runs: how long the library takes to answer, how long the window takes to show it, and whether
 * scrolling stays smooth. Run files are real ones with a few events, a mosaic and a small checkpoint each.
 *
 * usage: history [--runs 1000] [--rounds 5]
 */
const RUNS = Number(option('runs', '1000'))
const ROUNDS = Number(option('rounds', '5'))
/** Pixels that each frame scrolls by: a brisk wheel. */
const SCROLL_STEP = 90
const SCROLL_FRAMES = 240

const TAGS = ['faces', 'plants', 'keep', 'try again', 'R1', 'small']
const WORDS = ['Oak', 'Elm', 'Fir', 'Ash', 'Yew', 'Fig', 'Bay', 'Box']

async function mosaicOf(number: number): Promise<Uint8Array> {
  const pixels = Buffer.alloc(128 * 96 * 3)
  for (let i = 0; i < pixels.length; i++) pixels[i] = (i * (7 + number) + number * 31) % 256
  const image = sharp(pixels, { raw: { width: 128, height: 96, channels: 3 } })
  return Uint8Array.from(await image.webp({ lossless: true }).toBuffer())
}

async function makeRun(home: Home, number: number): Promise<void> {
  const id = `2026-01-01-${number.toString(16).padStart(8, '0')}`
  const config = trainConfigFor({
    seed: number,
    channels: 3,
    preset: 'tiny',
    firstResolution: 4,
    finalResolution: ([16, 32, 64, 128] as const)[number % 4]!,
    loss: (['wgan-gp', 'logistic', 'logistic-r1'] as const)[number % 3]!,
  })
  const run = RunFile.create(home.runFile(id), {
    id,
    name: `${WORDS[number % WORDS.length]} ${number}`,
    config,
    dataset: {
      id: 'd',
      name: number % 2 ? 'Emoji' : 'Digits',
      source: { kind: 'sample', name: 'emoji' },
    },
  })
  for (let images = 256; images <= 2048; images += 256) {
    run.recordEvent({
      kind: 'tick',
      imagesSeen: images * (1 + (number % 9)),
      step: images / 16,
      stage: 0,
      resolution: 4,
      phase: 'stable',
      alpha: 1,
      generatorLoss: 1,
      discriminatorLoss: -1,
      realScore: 1,
      fakeScore: -1,
      imagesPerSecond: 900,
    })
  }
  const mosaic = { resolution: 16 as const, alpha: 1, columns: 8, rows: 6 }
  const webp = await mosaicOf(number)
  run.recordEvent({ kind: 'mosaic', imagesSeen: 2048 * (1 + (number % 9)), ...mosaic, webp })
  const tensors = new Map([['average/x', { shape: [1000], values: new Float32Array(1000) }]])
  run.saveCheckpoint({ kind: 'regular', imagesSeen: 2048, step: 128, tensors })
  const tags = TAGS.filter((_, i) => (number >> i) % 3 === 0)
  run.setDetails({ tags, starred: number % 7 === 0 }, 1000)
  run.setState((['paused', 'finished', 'failed'] as const)[number % 3]!)
  run.close()
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

function row(...cells: (string | number)[]): void {
  console.log(`| ${cells.map((c) => (typeof c === 'number' ? c.toFixed(1) : c)).join(' | ')} |`)
}

/** The library's answers: with no catalog yet, in a new process that has one, and when asked again. */
async function measureLibrary(home: Home): Promise<void> {
  const library = () => new Library(home, forkedJobs(resolve('out/main/job.cjs'))).handlers
  row('library: first look at all files', await timed(() => library().runsSince({ revision: 0 })))
  const [opened, again]: [number[], number[]] = [[], []]
  for (let round = 0; round < ROUNDS; round++) {
    const handlers = library()
    let revision = 0
    opened.push(
      await timed(async () => {
        revision = (await handlers.runsSince({ revision: 0 })).revision
      }),
    )
    again.push(await timed(() => handlers.runsSince({ revision })))
  }
  row('library: list, files unchanged', median(opened))
  row('library: what changed since', median(again))
}

/** Milliseconds from asking for the list to its first cards being painted. */
async function openingTime(page: Page): Promise<number> {
  await page.getByTestId('new-run').click()
  await page.getByTestId('run-name').waitFor()
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const began = performance.now()
        document.querySelector<HTMLElement>('[data-testid="home"]')!.click()
        const look = () => {
          if (document.querySelector('[data-run]') === null) requestAnimationFrame(look)
          else requestAnimationFrame(() => resolve(performance.now() - began))
        }
        requestAnimationFrame(look)
      }),
  )
}

/** Scrolls down and up again and tells of frames and of tasks that held the page up. */
function scroll(page: Page) {
  return page.evaluate(
    ({ step, frames }) =>
      new Promise<{ frames: number[]; longTasks: number[] }>((resolve) => {
        const longTasks: number[] = []
        const observer = new PerformanceObserver((list) =>
          longTasks.push(...list.getEntries().map((entry) => entry.duration)),
        )
        observer.observe({ type: 'longtask' })
        const times: number[] = []
        let before = performance.now()
        const next = () => {
          const now = performance.now()
          times.push(now - before)
          before = now
          const way = times.length <= frames / 2 ? 1 : -1
          window.scrollBy(0, way * step)
          if (times.length < frames) return void requestAnimationFrame(next)
          setTimeout(() => {
            observer.disconnect()
            resolve({ frames: times.slice(2), longTasks })
          }, 200)
        }
        requestAnimationFrame(next)
      }),
    { step: SCROLL_STEP, frames: SCROLL_FRAMES },
  )
}

async function measureWindow(home: Home): Promise<void> {
  const app = await startApp(home.folder)
  try {
    const page = await app.firstWindow()
    const errors: string[] = []
    page.on('pageerror', (error) => errors.push(error.message))
    await page.locator('[data-run]').first().waitFor()
    // The page's own clock; what the driver takes to see them is in it.
    row('window: from its start to cards, at most', await page.evaluate(() => performance.now()))
    const opened: number[] = []
    for (let round = 0; round < ROUNDS; round++) opened.push(await openingTime(page))
    row('window: back to the list', median(opened))
    for (const view of ['grid', 'table'] as const) {
      await page.getByTestId(`view-${view}`).click()
      await page.waitForTimeout(500)
      const { frames, longTasks } = await scroll(page)
      const sorted = [...frames].sort((a, b) => a - b)
      row(`${view}: frame, median`, median(frames))
      row(`${view}: frame, 99 of 100 below`, sorted[Math.floor(sorted.length * 0.99)]!)
      row(`${view}: tasks over 50 ms`, `${longTasks.length}`)
      row(`${view}: longest of these`, Math.max(0, ...longTasks))
    }
    const search = await page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          const field = document.querySelector<HTMLInputElement>('[data-testid="search"]')!
          const began = performance.now()
          field.value = 'oak'
          field.dispatchEvent(new Event('input', { bubbles: true }))
          requestAnimationFrame(() => resolve(performance.now() - began))
        }),
    )
    row('window: search, to the next frame', search)
    if (errors.length > 0) throw new Error(errors.join('\n'))
  } finally {
    await quitApp(app)
  }
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sprout-history-'))
  try {
    const home = openHome(folder)
    for (let number = 0; number < RUNS; number++) await makeRun(home, number)
    console.log(`${RUNS} runs; medians of ${ROUNDS}\n\n| what | ms |\n| --- | ---: |`)
    await measureLibrary(home)
    await measureWindow(home)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

main().then(
  // What the app's connection leaves open does not keep this process.
  () => process.exit(0),
  (error: unknown) => {
    console.error(error)
    process.exit(1)
  },
)
