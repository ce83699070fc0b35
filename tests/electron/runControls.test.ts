import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { audit } from '../audit'
import { launch, temporaryHome, type RunningApp } from './launch'

/** One run that trains for as long as the tests look at it. */
const STABLE_IMAGES = 400_000
const home = temporaryHome()
const screenshots = join(import.meta.dirname, '../../test-results')
let running: RunningApp
let page: Page

/** Notes down each progress that the icon is given. */
type Recorder = { progress: number[] }

const at = (testid: string) => page.getByTestId(testid)
const inState = (state: string) =>
  page
    .locator(`[data-testid="run-state"][data-state="${state}"]`)
    .waitFor({ timeout: 60_000 })
    .catch(async (error: unknown) => {
      await shot('run-controls-stuck')
      throw new Error(`${error instanceof Error ? error.message : error}\n${running.log()}`)
    })
const shot = (name: string) => page.screenshot({ path: join(screenshots, `${name}.png`) })

beforeAll(async () => {
  mkdirSync(screenshots, { recursive: true })
  running = await launch(home.folder)
  page = running.page
  await running.electron.evaluate(({ BrowserWindow }) => {
    const window = BrowserWindow.getAllWindows()[0]!
    const recorder: Recorder = { progress: [] }
    Object.assign(globalThis, { recorder })
    const show = window.setProgressBar.bind(window)
    window.setProgressBar = (value, options) => {
      recorder.progress.push(value)
      show(value, options)
    }
  })
  await at('new-run').click()
  await at('sample-emoji').click()
  await at('size-8').click()
  await at('preset-tiny').click()
  await at('schedule-custom').click()
  await at('fade-images').fill('4096')
  await at('stable-images').fill(`${STABLE_IMAGES}`)
  await at('train').click()
  await inState('training')
}, 120_000)

afterAll(async () => {
  await running?.close()
  home.remove()
})

function progressBar(): Promise<number[]> {
  return running.electron.evaluate(
    () => (globalThis as unknown as { recorder: Recorder }).recorder.progress,
  )
}

function keepsAwake(): Promise<boolean> {
  return running.electron.evaluate(({ powerSaveBlocker }) =>
    Array.from({ length: 32 }, (_, id) => id).some((id) => powerSaveBlocker.isStarted(id)),
  )
}

function windowVisible(): Promise<boolean> {
  return running.electron.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()[0]!.isVisible(),
  )
}

function closeWindow(): Promise<void> {
  return running.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.close())
}

async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 40_000
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`Waited in vain: ${what}\n${running.log()}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

async function fromMenu(item: string): Promise<void> {
  await at('run-more').click()
  await at(item).click()
}

/** Pixels of a chart that are in its first curve's colour. */
function curvePixels(chart: string): Promise<number> {
  return at(chart).evaluate((element) => {
    const canvas = element as HTMLCanvasElement
    const colour = getComputedStyle(canvas).getPropertyValue('--line-a').trim()
    const wanted = [1, 3, 5].map((i) => Number.parseInt(colour.slice(i, i + 2), 16))
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
    let count = 0
    for (let i = 0; i < data.length; i += 4) {
      if (wanted.every((value, c) => Math.abs(value - data[i + c]!) < 12)) count++
    }
    return count
  })
}

const listed = () => page.getByTestId('events').locator('li').allInnerTexts()

test('while a run trains the computer stays awake and the icon shows how far it is', async () => {
  await until(async () => (await progressBar()).some((value) => value > 0), 'progress on the icon')
  expect(await keepsAwake()).toBe(true)
  const progress = (await progressBar()).filter((value) => value >= 0)
  expect(progress).toEqual([...progress].sort((a, b) => a - b))
  expect(Math.max(...progress)).toBeLessThan(1)
})

test('a note is written with the keyboard alone, and kept in the journal', async () => {
  await at('run-more').focus()
  await page.keyboard.press('Enter')
  await at('add-note').waitFor()
  await page.keyboard.press('n')
  await until(
    async () => (await at('add-note').getAttribute('data-highlighted')) !== null,
    'the menu item by its letter',
  ).catch(() => at('add-note').focus())
  await page.keyboard.press('Enter')
  await at('note-text').fill('First shapes at last.')
  await page.keyboard.press('Control+Enter')
  await page.getByTestId('events').getByText('First shapes at last.').waitFor()
})

test('settings change while it trains, as the journal tells; it can be filtered and copied', async () => {
  await fromMenu('change-settings')
  await at('setting-mosaicImages').fill('1000000')
  await at('setting-stable-8').fill('2048')
  await shot('change-settings')
  await at('settings-save').click()
  await at('events-changes').click()
  await until(async () => (await listed()).length === 1, 'one change listed')
  expect((await listed())[0]).toContain('2,048')
  await at('events-notes').click()
  expect((await listed()).join()).toContain('First shapes at last.')
  await at('events-copy').click()
  const copied = await running.electron.evaluate(({ clipboard }) => clipboard.readText())
  expect(copied).toMatch(/^\d{4}-\d\d-\d\dT\S+\s+\d+\s+First shapes at last\.\s*$/)
  await at('events-all').click()
  const total = STABLE_IMAGES + 4096 + 2048
  await page.getByText(`of ${total.toLocaleString('en')}`).waitFor()
})

test('samples are drawn at once when asked for', async () => {
  const images = () => at('mosaic').getAttribute('data-images')
  const before = await images()
  await fromMenu('sample-now')
  await until(async () => (await images()) !== before, 'a mosaic that was asked for')
  await fromMenu('checkpoint-now')
  await page.getByTestId('events').getByText('Checkpoint saved').first().waitFor()
})

test('charts are drawn, read and zoomed with the keyboard', async () => {
  await until(async () => (await at('chart-losses').count()) === 1, 'charts')
  const chart = page.locator('#numbers [role="group"]').first()
  await chart.scrollIntoViewIfNeeded()
  await until(async () => (await curvePixels('chart-losses')) > 100, 'a curve')
  await chart.focus()
  await page.keyboard.press('ArrowLeft')
  await at('chart-tip').waitFor()
  for (let i = 0; i < 8; i++) await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('+')
  await at('zoom-window').waitFor()
  const zoomed = await at('zoom-window').evaluate(({ dataset }) => [
    Number(dataset['from']),
    Number(dataset['to']),
  ])
  expect(zoomed[1]! - zoomed[0]!).toBeGreaterThan(0)
  await shot('charts-zoomed')
  await page.keyboard.press('0')
  await until(async () => (await at('zoom-window').count()) === 0, 'all shown again')
  await at('axis-time').click()
  await at('log-scale').click()
  await until(async () => (await curvePixels('chart-losses')) > 100, 'a curve over time')
  const rows = await page.getByTestId('chart-table').locator('tbody tr').count()
  expect(rows).toBeGreaterThan(0)
})

test('nothing of it hinders a person with a screen reader or weak eyes', async () => {
  const found = await audit(page)
  expect(found).toEqual([])
})

test('closing the window asks; the run goes on without it, and it comes back', async () => {
  await closeWindow()
  await at('close-dialog').waitFor()
  await shot('close-question')
  await page.keyboard.press('Escape')
  await until(async () => (await at('close-dialog').count()) === 0, 'the question gone')
  expect(await windowVisible()).toBe(true)
  await closeWindow()
  await at('close-background').click()
  await until(async () => !(await windowVisible()), 'the window hidden')
  const before = (await progressBar()).at(-1)!
  await until(async () => (await progressBar()).at(-1)! > before, 'progress without a window')
  await running.electron.evaluate(({ app }) => void app.emit('second-instance'))
  await until(windowVisible, 'the window back')
})

test('a run that rests lets the computer sleep and takes notes all the same', async () => {
  await at('stop').click()
  await inState('paused')
  await until(async () => !(await keepsAwake()), 'sleep allowed')
  await until(async () => (await progressBar()).at(-1) === -1, 'no progress on the icon')
  await fromMenu('add-note')
  await at('note-text').fill('Paused for the night.')
  await at('note-save').click()
  await page.getByTestId('events').getByText('Paused for the night.').waitFor()
  await shot('run-controls')
  expect(running.pageErrors(), running.log()).toEqual([])
})
