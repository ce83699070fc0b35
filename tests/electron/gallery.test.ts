import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { auditByAllRules } from '../audit'
import { sprout, startSprout } from '../cli/sprout'
import { launch, temporaryHome, type RunningApp } from './launch'

const home = temporaryHome()
const screenshots = join(import.meta.dirname, '../../test-results')
const exportsFolder = join(home.folder, 'exports')
const pictures = join(home.folder, 'discs')
const EXPORT_TIMEOUT_MS = 60_000
let running: RunningApp
let page: Page

beforeAll(async () => {
  mkdirSync(screenshots, { recursive: true })
  mkdirSync(exportsFolder, { recursive: true })
  await paint()
  const options = ['--data', pictures, '--to', '16', '--name', 'Seedlings']
  const length = ['--images', '1024', '--stable-images', '256', '--fade-images', '128']
  const trained = await sprout('--home', home.folder, 'train', ...options, ...length)
  expect(trained.code, trained.stderr).toBe(0)
  await trainAndStop()
  running = await launch(home.folder)
  page = running.page
}, 300_000)
afterAll(async () => {
  await running?.close()
  home.remove()
})

/** Pictures to learn from: a disc each, of its own colour and place. */
async function paint(): Promise<void> {
  mkdirSync(pictures)
  for (let i = 0; i < 48; i++) {
    const [x, y] = [5 + (i % 7), 5 + (i % 5)]
    const disc = `<circle cx="${x}" cy="${y}" r="4" fill="hsl(${(i * 47) % 360} 80% 50%)"/>`
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16"><rect width="16" height="16" fill="#eee"/>${disc}</svg>`
    await sharp(Buffer.from(svg))
      .removeAlpha()
      .png()
      .toFile(join(pictures, `disc-${i}.png`))
  }
}

/** A run that has far to go, stopped at its first tick after a checkpoint. */
async function trainAndStop(): Promise<void> {
  const options = ['--data', pictures, '--to', '16', '--from', '8', '--name', 'Growing']
  const length = ['--stable-images', '200000', '--checkpoint-seconds', '1']
  const { ended } = startSprout(
    ['--home', home.folder, '--json', 'train', ...options, ...length],
    ({ type }, child) => {
      if (type === 'checkpoint') child.kill('SIGINT')
    },
  )
  const { stderr } = await ended
  expect(stderr).toBe('')
}

const at = (testid: string) => page.getByTestId(testid)
const shot = (name: string) =>
  page.screenshot({ path: join(screenshots, `real-gallery-${name}.png`) })
const drawn = (seed: number) =>
  page.locator(`[data-testid="tile-${seed}"] canvas[data-drawn="true"]`).waitFor()

/** What a save dialog answers from now on. */
async function saveAs(name: string): Promise<string> {
  const file = join(exportsFolder, name)
  await running.electron.evaluate((_, path) => {
    process.env.SPROUT_TEST_SAVE_FILE = path
  }, file)
  return file
}

/** Presses Tab until the wanted element has the focus. */
async function tabTo(testid: string): Promise<void> {
  for (let i = 0; i < 80; i++) {
    await page.keyboard.press('Tab')
    const focused = await page.evaluate(() => {
      const element = document.activeElement
      const inside = element?.closest('[data-testid]')
      return element?.getAttribute('data-testid') ?? inside?.getAttribute('data-testid') ?? ''
    })
    if (focused === testid) return
  }
  throw new Error(`The keyboard does not reach ${testid}.`)
}

const expectAccessible = async () => expect(await auditByAllRules(page)).toEqual([])

const levels = (testid: string) =>
  at(testid).evaluate((element) => {
    const canvas = element as HTMLCanvasElement
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
    return data.reduce((sum, byte, i) => sum + byte * ((i % 31) + 1), 0)
  })

test('from the launch to an exported walk by keyboard alone', { timeout: 180_000 }, async () => {
  const card = page.getByTestId(/^run-card-/).filter({ hasText: 'Seedlings' })
  await card.waitFor()
  // The cards are one stop of the Tab key; arrows go from one to the next.
  const wanted = (await card.getAttribute('data-testid'))!
  const all = page.getByTestId(/^run-card-/)
  await tabTo((await all.first().getAttribute('data-testid'))!)
  for (let i = await all.count(); i > 0; i--) {
    const focused = await page.evaluate(() => document.activeElement?.getAttribute('data-testid'))
    if (focused === wanted) break
    await page.keyboard.press('ArrowRight')
  }
  await page.keyboard.press('Enter')
  await at('run-title').waitFor()
  await tabTo('gallery')
  await page.keyboard.press('Enter')
  await drawn(3)
  await tabTo('tile-0')
  await page.keyboard.press('Enter')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Enter')
  await page.locator('[data-testid="favourite"][aria-pressed="true"]').waitFor()
  expect(await at('detail-name').getAttribute('data-seed')).toBe('2')
  await shot('sample')

  await tabTo('tab-sample')
  await page.keyboard.press('ArrowRight')
  await tabTo('walk-play')
  await page.keyboard.press('Space')
  const seen = new Set<number>()
  await expect
    .poll(async () => seen.add(await levels('walk')).size, { timeout: 60_000 })
    .toBeGreaterThan(5)
  await shot('walk')
  await page.keyboard.press('Space')
  const file = await saveAs('walk.webp')
  await tabTo('walk-export')
  await page.keyboard.press('Enter')
  await at('export-save').waitFor()
  await expectAccessible()
  await shot('export')
  await tabTo('export-save')
  await page.keyboard.press('Enter')
  await at('export-done').waitFor({ timeout: EXPORT_TIMEOUT_MS })
  expect(await at('export-file').textContent()).toBe(file)
  expect(await sharp(file, { animated: true }).metadata()).toMatchObject({ pages: 120, width: 256 })
  await page.keyboard.press('Escape')
  await at('export-save').waitFor({ state: 'detached' })
  await expectAccessible()
})

test(
  'a sample is compared with the pictures that were learnt from',
  { timeout: 60_000 },
  async () => {
    await at('tab-sample').click()
    await at('tile-5').click()
    await at('find-nearest').click()
    await at('nearest').waitFor()
    expect(await at('nearest').locator('li').count()).toBe(5)
    const before = await levels('detail')
    await at('mix-with').selectOption('1')
    await at('mix-share').fill('0.8')
    await expect.poll(() => levels('detail')).not.toBe(before)
    await at('mix-with').selectOption('-1')
    const whole = await levels('detail')
    await at('gallery-truncation').fill('0')
    await expect.poll(() => levels('detail')).not.toBe(whole)
    await at('tile-9').click()
    await expect.poll(() => at('detail').getAttribute('data-drawn')).toBe('true')
    await shot('truncated')
    await at('gallery-truncation').fill('1')
    await at('tile-5').click()
  },
)

test('each kind of export leaves a whole file', { timeout: 240_000 }, async () => {
  const kinds = [
    ['sheet', 'sheet.png'],
    ['pictures', 'pictures.zip'],
    ['timelapse', 'growth.webp'],
    ['html', 'page.html'],
    ['onnx', 'generator.onnx'],
    ['metrics', 'metrics.csv'],
  ] as const
  await at('gallery-export').click()
  for (const [kind, name] of kinds) {
    const file = await saveAs(name)
    await at(`export-kind-${kind}`).click()
    await at('export-save').click()
    await at('export-done').waitFor({ timeout: EXPORT_TIMEOUT_MS })
    expect(await at('export-file').textContent()).toBe(file)
    expect(existsSync(file)).toBe(true)
    await at('export-again').click()
  }
  const folder = await saveAs('pictures')
  await at('export-kind-pictures').click()
  await at('container-folder').click()
  await at('by-favourites').click()
  await at('export-truncation').fill('0.5')
  await at('export-save').click()
  await at('export-done').waitFor({ timeout: EXPORT_TIMEOUT_MS })
  expect(readdirSync(folder).sort()).toEqual(['samples.json', 'seed-000000.png', 'seed-000002.png'])

  await at('export-again').click()
  await at('export-kind-html').click()
  await at('by-seeds').click()
  await at('export-count').fill('4096')
  await saveAs('never.html')
  await at('export-save').click()
  await at('export-cancel').click()
  await at('export-cancelled').waitFor()
  await at('export-close').click()
  const left = [...kinds.map(([, name]) => name), 'pictures', 'walk.webp']
  expect(readdirSync(exportsFolder).sort()).toEqual(left.sort())
})

test(
  'a dropped picture opens its run in the gallery at its seed',
  { timeout: 60_000 },
  async () => {
    await at('home').click()
    await at('new-run').waitFor()
    const bytes = [...readFileSync(join(exportsFolder, 'pictures', 'seed-000002.png'))]
    const drop = (content: number[], name: string) =>
      page.evaluate(
        ([numbers, fileName]) => {
          const data = new DataTransfer()
          data.items.add(new File([Uint8Array.from(numbers)], fileName, { type: 'image/png' }))
          for (const type of ['dragover', 'drop']) {
            window.dispatchEvent(new DragEvent(type, { dataTransfer: data, cancelable: true }))
          }
        },
        [content, name] as const,
      )
    await drop(bytes.slice(0, 40), 'stranger.png')
    await page.getByText('stranger.png').waitFor()
    await drop(bytes, 'seed-000002.png')
    await drawn(2)
    expect(await at('gallery-title').textContent()).toBe('Seedlings')
    expect(await at('detail-name').getAttribute('data-seed')).toBe('2')
    await page.locator('[data-testid="favourite"][aria-pressed="true"]').waitFor()
    expect(running.pageErrors(), running.log()).toEqual([])
  },
)

test('the gallery follows a run that trains', { timeout: 120_000 }, async () => {
  await at('home').click()
  await page
    .getByTestId(/^run-card-/)
    .filter({ hasText: 'Growing' })
    .click()
  await at('resume').click()
  await page
    .locator('[data-testid="run-state"][data-state="training"]')
    .waitFor({ timeout: 60_000 })
  await at('gallery').click()
  await drawn(0)
  const newest = () => at('gallery-checkpoint').locator('option').first().textContent()
  const [first, picture] = [await newest(), await levels('detail')]
  await expect.poll(newest, { timeout: 60_000 }).not.toBe(first)
  await expect.poll(() => levels('detail'), { timeout: 60_000 }).not.toBe(picture)
  await at('tile-7').dblclick()
  await page.locator('[data-testid="favourite"][aria-pressed="true"]').waitFor()
  await shot('training')
  await at('gallery-back').click()
  await at('stop').click()
  await page.locator('[data-testid="run-state"][data-state="paused"]').waitFor({ timeout: 60_000 })
  expect(running.pageErrors(), running.log()).toEqual([])
})
