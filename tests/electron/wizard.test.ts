import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { audit } from '../audit'
import { trainConfigFor } from '../../shared/domain/presets'
import { totalImages } from '../../shared/schedule'
import { launch, temporaryHome, type RunningApp } from './launch'

/** Far more than it takes on an ordinary machine: the first mosaic of a run on sample pictures. */
const FIRST_MOSAIC_MS = 180_000
const TRAINED_MS = 120_000
/** More presses of Tab than the screen has stops. */
const MOST_TABS = 200

const home = temporaryHome()
const pictures = mkdtempSync(join(tmpdir(), 'sprout-wizard-'))
const screenshots = join(import.meta.dirname, '../../test-results/wizard')
let running: RunningApp
let page: Page

/** Twenty-four wide pictures, blue with a red left quarter, four copies, and files that are no pictures. */
async function fillFolder(): Promise<void> {
  for (let i = 0; i < 24; i++) {
    const blue = {
      width: 64,
      height: 32,
      channels: 3 as const,
      background: { r: 10, g: 8 * i, b: 200 },
    }
    const red = { width: 16, height: 32, channels: 3 as const, background: '#e02010' }
    await sharp({ create: blue })
      .composite([{ input: { create: red }, left: 0, top: 0 }])
      .png()
      .toFile(join(pictures, `${String(i).padStart(2, '0')}.png`))
  }
  for (let i = 0; i < 4; i++) copyFileSync(join(pictures, `0${i}.png`), join(pictures, `z${i}.png`))
  const whole = await sharp({
    create: { width: 300, height: 300, channels: 3, background: '#777' },
  })
    .jpeg()
    .toBuffer()
  writeFileSync(join(pictures, 'cut.jpg'), whole.subarray(0, whole.length / 2))
  writeFileSync(join(pictures, 'empty.png'), '')
  writeFileSync(join(pictures, 'words.webp'), 'words')
  writeFileSync(join(pictures, 'phone.heic'), 'heic')
}

beforeAll(async () => {
  mkdirSync(screenshots, { recursive: true })
  await fillFolder()
  running = await launch(home.folder, { SPROUT_TEST_FOLDER: pictures })
  page = running.page
})
afterAll(async () => {
  await running?.close()
  home.remove()
  rmSync(pictures, { recursive: true, force: true })
})

const at = (testid: string) => page.getByTestId(testid)
const state = () => at('run-state').getAttribute('data-state')

/** Presses Tab until what has this test id, or lies in it, has the focus. */
async function tabTo(testid: string): Promise<void> {
  for (let i = 0; i < MOST_TABS; i++) {
    const found = await page.evaluate(
      (id) => Boolean(document.activeElement?.closest(`[data-testid="${id}"]`)),
      testid,
    )
    if (found) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`Tab never reached ${testid}.`)
}

/** A shown picture's size, and its top left and middle pixel. */
function pixelsOf(path: string, level: number) {
  return at(`sees-${path}`)
    .locator('img')
    .nth(level)
    .evaluate(async (element) => {
      const image = element as HTMLImageElement
      await image.decode()
      const { naturalWidth: size } = image
      const canvas = document.createElement('canvas')
      canvas.width = canvas.height = size
      const ctx = canvas.getContext('2d')!
      ctx.drawImage(image, 0, 0)
      const pixel = (x: number, y: number) =>
        Array.from(ctx.getImageData(x, y, 1, 1).data.slice(0, 3))
      return { size, corner: pixel(0, 0), left: pixel(0, size / 2) }
    })
}

const isRed = ([r, , b]: number[]) => r! > 180 && b! < 90
const isBlue = ([r, , b]: number[]) => b! > 150 && r! < 90
const isWhite = (pixel: number[]) => pixel.every((value) => value > 245)

test('three clicks after launch, pictures grow', { timeout: 2 * FIRST_MOSAIC_MS }, async () => {
  const started = Date.now()
  await at('new-run').click()
  await at('sample-emoji').click()
  await at('train').click()
  await page.locator('canvas[data-testid="mosaic"][data-images]').waitFor({
    timeout: FIRST_MOSAIC_MS,
  })
  // For whoever reads the log; how long it may take is said by the time-out.
  console.log(`First mosaic after ${((Date.now() - started) / 1000).toFixed(1)} s.`)
  await at('stop').click()
  await expect.poll(state, { timeout: 60_000 }).toBe('paused')
  await at('stop').waitFor({ state: 'detached' })
  await at('home').click()
})

describe('a folder of one’s own', () => {
  test('is looked through: what it holds, what cannot be read and why, and copies', async () => {
    await at('new-run').click()
    await at('choose-folder').click()
    await at('duplicates').waitFor()
    await at('scanning').waitFor({ state: 'detached' })
    expect(await at('scan-files').getAttribute('data-value')).toBe('31')
    const skipped = await at('scan-skipped').textContent()
    for (const text of [
      'cut.jpg the file is cut short',
      'empty.png the file is empty',
      'words.webp not a picture',
      'phone.heic Sprout cannot read HEIC',
    ]) {
      expect(skipped).toContain(text)
    }
    expect(await at('scan-sizes').textContent()).toContain('32–63 px')
    expect(await at('duplicates').textContent()).toContain('(4)')
    expect(await at('step-pictures').textContent()).toContain('24 pictures')
    await at('drop-duplicates').uncheck()
    expect(await at('step-pictures').textContent()).toContain('28 pictures')
    await at('drop-duplicates').check()
  })

  test('is shown as the network will see it, at each size and for each crop', async () => {
    await at('size-16').click()
    await expect.poll(() => at('sees-00.png').locator('img').count()).toBe(3)
    const sizes = await Promise.all([0, 1, 2].map((level) => pixelsOf('00.png', level)))
    expect(sizes.map(({ size }) => size)).toEqual([4, 8, 16])
    // The middle alone is blue.
    expect(isBlue(sizes[2]!.left)).toBe(true)
    await at('crop-pad').click()
    await expect.poll(async () => isWhite((await pixelsOf('00.png', 2)).corner)).toBe(true)
    expect(isRed((await pixelsOf('00.png', 2)).left)).toBe(true)
    await at('crop-smart').click()
    await expect.poll(async () => isWhite((await pixelsOf('00.png', 2)).corner)).toBe(false)
    await at('crop-centre').click()
  })

  test(
    'comes with figures of this machine for sizes and networks',
    { timeout: 180_000 },
    async () => {
      await at('rehearsal').and(page.locator('[data-state="done"]')).waitFor({ timeout: 120_000 })
      for (const card of ['size-8', 'size-16', 'preset-tiny']) {
        await expect.poll(() => at(card).textContent()).toMatch(/images\/s/)
        expect(await at(card).textContent()).toMatch(/MB memory/)
      }
      expect(await at('schedule-total').textContent()).toMatch(/on this computer/)
      await at('unit-hours').click()
      expect(Number(await at('stage-stable').inputValue())).toBeLessThan(4)
      await at('unit-kimg').click()
    },
  )

  test('what is dragged, by mouse or by keyboard, changes the whole', async () => {
    const images = async () => Number(await at('schedule-total').getAttribute('data-images'))
    const length = async () => Number(await at('end-fade-8').getAttribute('aria-valuenow'))
    const [before, fade] = [await images(), await length()]
    await at('end-fade-8').focus()
    for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowRight')
    const longer = await length()
    expect(longer).toBeGreaterThan(fade)
    expect(await images()).toBe(before + longer - fade)
    expect(await at('schedule-custom').getAttribute('data-checked')).toBe('true')
    await page.keyboard.press('Shift+ArrowLeft')
    expect(await length()).toBeLessThan(longer)
    await page.keyboard.press('Home')
    expect(await length()).toBe(0)
    await page.keyboard.press('PageUp')
    expect(await length()).toBeGreaterThan(0)

    const handle = (await at('end-stable-8').boundingBox())!
    const stable = async () => Number(await at('end-stable-8').getAttribute('aria-valuenow'))
    const was = await stable()
    await page.mouse.move(handle.x + handle.width / 2, handle.y + 20)
    await page.mouse.down()
    await page.mouse.move(handle.x + handle.width / 2 + 90, handle.y + 20, { steps: 5 })
    await page.mouse.up()
    expect(await stable()).toBeGreaterThan(was)
    expect(await at('inspect-8').getAttribute('data-checked')).toBe('true')
    await at('stage-batch').fill('8')
    await at('stage-learning-rate').fill('0.002')
    await at('stage-fade').fill('')
    expect(await at('train').isDisabled()).toBe(true)
    await at('stage-fade').fill('0.5')
    expect(await length()).toBe(500)
    expect(await at('train').isDisabled()).toBe(false)
  })
})

const wanted = trainConfigFor({
  seed: 77,
  channels: 3,
  preset: 'tiny',
  firstResolution: 4,
  finalResolution: 8,
  fadeImages: 64,
  stableImages: 96,
  loss: 'logistic-r1',
  mirror: true,
})

test('pasted settings fill everything, wrong ones are named, and the command says them all', async () => {
  await at('advanced').locator('summary').click()
  const wrong = JSON.stringify({ ...wanted, adam: { ...wanted.adam, beta1: 3 } })
  await at('paste-settings').fill(wrong)
  expect(await at('settings-said').textContent()).toContain('adam.beta1 must be <1, and is 3.')
  expect(await at('field-adam.beta1').inputValue()).toBe('0')
  await at('paste-settings').fill(JSON.stringify(wanted))
  expect(await at('settings-said').textContent()).toContain('All settings are filled in.')
  expect(await at('field-seed').inputValue()).toBe('77')
  expect(await at('loss-logistic-r1').getAttribute('data-checked')).toBe('true')
  expect(await at('size-8').getAttribute('data-checked')).toBe('true')
  expect(await at('mirror').isChecked()).toBe(true)
  await at('copy-command').click()
  const copied = () => running.electron.evaluate(({ clipboard }) => clipboard.readText())
  await expect
    .poll(copied)
    .toBe(
      `npx sprout train --data ${pictures} --drop-duplicates --channels 3 --preset tiny --to 8 ` +
        '--fade-images 64 --stable-images 96 --loss logistic-r1 --mirror --seed 77',
    )
  await at('copy-settings').click()
  await expect.poll(async () => JSON.parse(await copied())).toEqual(wanted)
})

test('Tutorial brings its settings, and another ready schedule takes them away', async () => {
  await at('schedule-tutorial').click()
  expect(await at('norm-batch').getAttribute('data-checked')).toBe('true')
  expect(await at('loss-logistic').getAttribute('data-checked')).toBe('true')
  const shown = async () =>
    Promise.all(
      ['adam.beta1', 'adam.beta2', 'learningRate', 'criticSteps'].map((field) =>
        at(`field-${field}`).inputValue(),
      ),
    )
  expect(await shown()).toEqual(['0.5', '0.999', '0.0002', '1'])
  expect(await at('schedule-total').getAttribute('data-images')).toBe('60000')
  expect(await at('command').textContent()).toContain('--tutorial')
  // What is changed by hand is no tutorial's any more, and no other ready one's either.
  await at('loss-logistic-r1').click()
  expect(await at('schedule-custom').getAttribute('data-checked')).toBe('true')
  await at('schedule-quick').click()
  expect(await at('norm-batch').getAttribute('data-checked')).toBe('true')
  await at('schedule-tutorial').click()
  await at('schedule-quick').click()
  expect(await at('norm-pixel').getAttribute('data-checked')).toBe('true')
  expect(await at('loss-wgan-gp').getAttribute('data-checked')).toBe('true')
  expect(await shown()).toEqual(['0', '0.99', '0.001', '1'])
  await at('field-criticSteps').fill('11')
  expect(await at('train').isDisabled()).toBe(true)
  await at('field-criticSteps').fill('2')
  expect(await at('command').textContent()).toContain('--critic-steps 2')
  await at('field-criticSteps').fill('1')
  await at('schedule-tutorial').click()
  for (const [look, field] of [
    ['norm', 'norm-batch'],
    ['critic', 'field-criticSteps'],
  ] as const) {
    await at(field).evaluate((element) => element.scrollIntoView({ block: 'center' }))
    await page.screenshot({ path: join(screenshots, `tutorial-${look}.png`) })
  }
})

describe.each(['light', 'dark'] as const)('in the %s theme', (colorScheme) => {
  test('nothing hinders a person with a screen reader or weak eyes', async () => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    // A theme's colours go down the tree one frame after the other: each step is a transition of its own.
    await expect.poll(() => audit(page), { timeout: 30_000, interval: 500 }).toEqual([])
  })

  test('each step has its picture', async () => {
    for (const [width, height] of [
      [1280, 800],
      [1920, 1080],
    ] as const) {
      await page.setViewportSize({ width, height })
      for (const locale of ['en', 'zh-CN']) {
        await at('language').selectOption(locale)
        for (const step of ['pictures', 'size', 'schedule', 'advanced']) {
          await at(`step-${step}`).click()
          const file = `${step}-${width}-${colorScheme}-${locale}.png`
          await page.screenshot({ path: join(screenshots, file) })
        }
        expect(
          await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth),
          'nothing is wider than the window',
        ).toBeLessThanOrEqual(0)
      }
      await at('language').selectOption('en')
    }
  })
})

test(
  'a Tutorial run trains to its end and has its mosaic',
  { timeout: 2 * TRAINED_MS },
  async () => {
    await page.setViewportSize({ width: 1280, height: 800 })
    // Its own settings stay when its lengths become the person's.
    await at('schedule-custom').click()
    await at('fade-images').fill('64')
    await at('stable-images').fill('96')
    expect(await at('norm-batch').getAttribute('data-checked')).toBe('true')
    await at('run-name').fill('As in class')
    await at('train').click()
    await at('run-title').waitFor({ timeout: TRAINED_MS })
    await expect.poll(state, { timeout: TRAINED_MS }).toBe('finished')
    await page
      .locator('canvas[data-testid="mosaic"][data-images="256"]')
      .waitFor({ timeout: TRAINED_MS })
    await page.screenshot({ path: join(screenshots, 'tutorial-finished.png') })
    expect(running.pageErrors(), running.log()).toEqual([])
  },
)

test(
  'the keyboard alone is enough, from pictures to a finished run',
  { timeout: 2 * TRAINED_MS },
  async () => {
    await page.setViewportSize({ width: 1280, height: 800 })
    await at('home').focus()
    await page.keyboard.press('Enter')
    await tabTo('new-run')
    await page.keyboard.press('Enter')
    await tabTo('choose-folder')
    await page.keyboard.press('Enter')
    await at('duplicates').waitFor()
    await tabTo('size-32')
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('ArrowLeft')
    expect(await at('size-8').getAttribute('data-checked')).toBe('true')
    await tabTo('schedule-quick')
    await page.keyboard.press('ArrowLeft')
    await tabTo('stable-images')
    await page.keyboard.press('Control+a')
    await page.keyboard.type('96')
    await tabTo('end-fade-8')
    await page.keyboard.press('Home')
    await page.keyboard.press('ArrowRight')
    const fade = Number(await at('end-fade-8').getAttribute('aria-valuenow'))
    await tabTo('run-name')
    await page.keyboard.type('By hand')
    await tabTo('train')
    await page.keyboard.press('Enter')
    await at('run-title').waitFor({ timeout: TRAINED_MS })
    await expect.poll(state, { timeout: TRAINED_MS }).toBe('finished')
    const planned = trainConfigFor({
      seed: 1,
      channels: 3,
      preset: 'tiny',
      firstResolution: 4,
      finalResolution: 8,
      fadeImages: fade,
      stableImages: 96,
    })
    expect(fade).toBeGreaterThan(0)
    expect(Number(await at('images-seen').getAttribute('data-value'))).toBe(totalImages(planned))
    expect(running.pageErrors(), running.log()).toEqual([])
  },
)
