import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { audit } from '../audit'
import { openBrowserPage, type BrowserPage } from './browserPage'

let site: BrowserPage
let page: Page
let problems: string[] = []

beforeAll(async () => {
  site = await openBrowserPage()
}, 120_000)

afterAll(() => site?.close())

afterEach(async () => {
  expect(await page.evaluate(() => window.violations)).toEqual([])
  expect(problems).toEqual([])
  await page.context().close()
})

const at = (testid: string) => page.locator(`[data-testid="${testid}"]`)

async function open(scene: 'empty' | 'garden', options = {}): Promise<void> {
  const size = { width: 1280, height: 800 }
  const context = await site.browser.newContext({ viewport: size, locale: 'en-US', ...options })
  context.setDefaultTimeout(8000)
  page = await context.newPage()
  problems = []
  page.on('pageerror', (error) => problems.push(error.message))
  await page.goto(`${site.address}/?scene=${scene}`)
  await page.locator('[data-testid="new-run"]').waitFor()
}

const state = (wanted: string) =>
  page.locator(`[data-testid="run-state"][data-state="${wanted}"]`).waitFor()

/** Pixels of the chart in the colour of the discriminator's curve. */
const curvePixels = () =>
  at('chart').evaluate((element) => {
    const canvas = element as HTMLCanvasElement
    const colour = getComputedStyle(canvas).getPropertyValue('--line-b')
    const wanted = [1, 3, 5].map((i) => Number.parseInt(colour.trim().slice(i, i + 2), 16))
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
    let count = 0
    for (let i = 0; i < data.length; i += 4) {
      if (wanted.every((value, c) => Math.abs(value - data[i + c]!) < 12)) count++
    }
    return count
  })

describe('from launch to training', () => {
  test('takes three clicks with sample pictures', async () => {
    await open('empty')
    await at('new-run').click()
    await at('sample-emoji').click()
    await at('train').click()
    await state('training')
    expect(await at('run-title').textContent()).toBe('Emoji 32×32')
  })

  test('takes one click in an empty garden', async () => {
    await open('empty')
    await at('start-sample').click()
    await at('preparing').waitFor()
    await state('training')
  })

  test('passes on every choice', async () => {
    await open('empty')
    await at('new-run').click()
    await at('choose-folder').click()
    expect(await at('scan-files').getAttribute('data-value')).toBe('412')
    await at('size-16').click()
    await at('first-8').click()
    await at('preset-small').click()
    await at('schedule-custom').click()
    await at('fade-images').fill('3200')
    await at('stable-images').fill('')
    expect(await at('train').isDisabled()).toBe(true)
    await at('stable-images').fill('1600')
    await at('run-name').fill('Cacti')
    await at('advanced').locator('summary').click()
    await at('loss-logistic-r1').click()
    await at('train').click()
    await at('run-title').waitFor()
    const run = await page.evaluate(() => [...window.garden.trainers.values()][0]!.summary)
    expect(run.name).toBe('Cacti')
    expect(run.config).toMatchObject({ preset: 'small', loss: 'logistic-r1', channels: 3 })
    expect(run.config.stages).toMatchObject([
      { resolution: 8, fadeImages: 0, stableImages: 1600 },
      { resolution: 16, fadeImages: 3200, stableImages: 1600 },
    ])
  })

  test('is refused with too few pictures', async () => {
    await open('empty')
    await page.evaluate(() => {
      window.garden.folderFiles = 9
    })
    await at('new-run').click()
    await at('choose-folder').click()
    await page.getByText('These settings need at least 16 pictures.').waitFor()
    expect(await at('train').isDisabled()).toBe(true)
  })

  test('can be cancelled, and tells what went wrong', async () => {
    await open('empty')
    await at('new-run').click()
    await at('sample-mnist').click()
    await page.evaluate(() => {
      window.garden.pace.prepare = 200
    })
    await at('train').click()
    await at('prepare-cancel').click()
    await at('run-name').waitFor()
    await page.evaluate(() => {
      window.garden.failPreparing = 'The disk is full: free 2 GB and try again.'
    })
    await at('train').click()
    await at('preparing').getByText('The disk is full: free 2 GB and try again.').waitFor()
    await page.evaluate(() => {
      window.garden.failPreparing = null
    })
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.evaluate(() =>
      window.garden.shellEmit('workerDied', {
        worker: 'library',
        runId: null,
        message: 'The library stopped without being asked to.',
      }),
    )
    await at('preparing').getByText('The library stopped without being asked to.').waitFor()
    expect(await page.evaluate(() => window.garden.trainers.size)).toBe(0)
  })
})

describe('what a run takes here', () => {
  const basis = (size: number) => at(`rehearsal-${size}`).getAttribute('data-basis')

  test('is measured by itself once the choices are settled, and anew when they change', async () => {
    await open('empty')
    await at('new-run').click()
    await at('rehearsal').waitFor()
    expect(await at('rehearsal').getAttribute('data-state')).toBe('need-pictures')
    expect(await basis(4)).toBe('estimated')
    await page.evaluate(() => {
      window.garden.pace.rehearse = 1500
    })
    await at('sample-emoji').click()
    await page.locator('[data-testid="rehearsal"][data-state="measuring"]').waitFor()
    await page.evaluate(() => {
      window.garden.pace.rehearse = 150
    })
    expect(await at('train').isDisabled()).toBe(false)
    await at('size-64').click()
    await page.locator('[data-testid="rehearsal"][data-state="starting"]').waitFor()
    await page.locator('[data-testid="rehearsal"][data-state="done"]').waitFor()
    for (const size of [4, 32, 64]) expect(await basis(size)).toBe('measured')
    expect(await page.evaluate(() => window.garden.rehearsals)).toEqual(['cancelled', 'done'])
    expect(await at('rehearsal-status').textContent()).toBe('Measured on CPU, 4 threads.')
  })

  test('refuses what does not fit and names what does', async () => {
    await open('empty')
    await page.evaluate(() => {
      window.garden.memoryBytes = 600 * 2 ** 20
    })
    await at('new-run').click()
    await at('sample-emoji').click()
    await page.locator('[data-testid="rehearsal"][data-state="done"]').waitFor()
    expect(await at('size-32').getAttribute('data-warned')).toBeNull()
    expect(await at('size-64').getAttribute('data-warned')).toBe('true')
    await at('size-64').click()
    await at('rehearsal-misfit').waitFor()
    expect(await at('rehearsal-misfit').textContent()).toContain('largest size that fits is 32×32')
    expect(await at('train').isDisabled()).toBe(true)
    await at('size-32').click()
    await at('rehearsal-misfit').waitFor({ state: 'detached' })
    expect(await at('train').isDisabled()).toBe(false)
  })

  test('is not measured beside a run that trains', async () => {
    await open('garden')
    await at('new-run').click()
    await at('sample-emoji').click()
    await page.locator('[data-testid="rehearsal"][data-state="busy"]').waitFor()
    await page.waitForTimeout(1500)
    expect(await page.evaluate(() => window.garden.rehearsals)).toEqual([])
  })
})

describe('a run', () => {
  test('shows a fade where it stands', async () => {
    await open('garden')
    await at('run-card-run-1').click()
    await state('training')
    await page.locator('[data-testid="images-seen"][data-value="26000"]').waitFor()
    expect(await at('alpha').textContent()).toMatch(/^0\.\d\d$/)
    expect(Number(await at('alpha').getAttribute('data-alpha'))).toBeCloseTo(0.663, 2)
    expect(await at('stage-timeline').getAttribute('data-stage')).toBe('2')
    expect(await at('stage-timeline').getAttribute('data-position')).toBe('26000')
    await page.locator('[data-testid="mosaic"][data-images="25600"]').waitFor()
    const left = Number(await at('time-left').getAttribute('data-seconds'))
    expect(left).toBeGreaterThan(60)
    const finish = Number(await at('finish').getAttribute('data-at'))
    expect(Math.abs(finish - Date.now() - left * 1000)).toBeLessThan(60_000)
  })

  test('draws its samples unsmoothed', async () => {
    await open('garden')
    await at('run-card-run-1').click()
    await page.locator('[data-testid="mosaic"][data-images="25600"]').waitFor()
    // A square of a 16 pixel picture is some screen pixels wide: most neighbours are equal.
    const equal = await at('mosaic').evaluate((element) => {
      const canvas = element as HTMLCanvasElement
      const row = Math.floor(canvas.height * 0.1)
      const { data } = canvas.getContext('2d')!.getImageData(0, row, canvas.width, 1)
      let same = 0
      for (let i = 4; i < data.length; i += 4) if (data[i] === data[i - 4]) same++
      return same / (canvas.width - 1)
    })
    expect(equal).toBeGreaterThan(0.5)
    expect(equal).toBeLessThan(0.99)
  })

  test('goes on, pauses, resumes and stops', async () => {
    await open('garden')
    await at('run-card-run-2').click()
    await state('paused')
    const before = Number(await at('images-seen').getAttribute('data-value'))
    await at('resume').click()
    await state('training')
    await page.waitForFunction(
      (seen) =>
        Number(document.querySelector<HTMLElement>('[data-testid="images-seen"]')!.dataset.value) >
        seen + 512,
      before,
    )
    await at('pause').click()
    await state('paused')
    await at('resume').click()
    await state('training')
    await at('stop').click()
    await state('paused')
    await at('stop').waitFor({ state: 'detached' })
    await page.waitForTimeout(300)
    expect(await curvePixels()).toBeGreaterThan(100)
  })

  test('asks again for events that it missed', async () => {
    await open('garden')
    await at('run-card-run-1').click()
    await page.locator('[data-testid="images-seen"][data-value="26000"]').waitFor()
    await page.evaluate(() => {
      const fake = window.garden.trainers.get('run-1')!
      const send = fake.onEvent
      fake.onEvent = () => {}
      fake.trainTo(27_000)
      fake.onEvent = send
      fake.trainTo(27_200)
    })
    await page.locator('[data-testid="images-seen"][data-value="27200"]').waitFor()
    const missed = await page.evaluate(() => window.garden.trainers.get('run-1')!.events.length)
    expect(missed).toBeGreaterThan(100)
  })

  test('that failed says why; one that was interrupted can go on', async () => {
    await open('garden')
    await at('run-card-run-5').click()
    await state('failed')
    expect(await at('failure').textContent()).toContain('ran out of memory')
    await at('home').click()
    await at('run-card-run-4').click()
    await state('interrupted')
    await at('resume').click()
    await state('training')
  })

  test('is exported as a sheet', async () => {
    await open('garden')
    await at('run-card-run-3').click()
    await state('finished')
    await at('export').click()
    await at('export-count').fill('')
    await at('export-count').pressSequentially('5000')
    expect(await at('export-save').isDisabled()).toBe(true)
    expect(await at('export-count').inputValue()).toBe('5000')
    await at('export-count').fill('9')
    await at('export-save').click()
    await at('export-done').waitFor()
    expect(await at('export-file').textContent()).toBe('/home/me/Pictures/Handwriting.png')
    await page.keyboard.press('Escape')
    await at('export-done').waitFor({ state: 'detached' })
  })

  test('is deleted and had back', async () => {
    await open('garden')
    await at('run-menu-run-2').focus()
    await page.keyboard.press('Enter')
    await page.getByRole('menu').waitFor()
    await page.keyboard.press('Escape')
    expect(await at('run-card-run-2').count()).toBe(1)
    await at('run-menu-run-2').click()
    await at('menu-delete').click()
    await at('run-card-run-2').waitFor({ state: 'detached' })
    await at('undo').click()
    await at('run-card-run-2').waitFor()
  })
})

test('the window changes its language and keeps what is chosen', async () => {
  await open('empty')
  await at('new-run').click()
  await at('run-name').fill('Cacti')
  await at('language').selectOption('zh-CN')
  await page.getByRole('heading', { name: '新建训练' }).waitFor()
  expect(await at('run-name').inputValue()).toBe('Cacti')
})

test('the window speaks the language of the system', async () => {
  await open('garden', { locale: 'zh-CN' })
  await page.getByRole('heading', { name: '训练' }).waitFor()
  expect(await page.evaluate(() => document.documentElement.lang)).toBe('zh-CN')
})

test('curves take the colours of the theme that is switched to, and of the one before again', async () => {
  await open('garden', { colorScheme: 'light' })
  await at('run-card-run-1').click()
  for (const colorScheme of ['light', 'dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme })
    await expect.poll(curvePixels, { timeout: 5000 }).toBeGreaterThan(50)
  }
})

describe.each(['light', 'dark'] as const)('in the %s theme', (colorScheme) => {
  test('nothing hinders a person with a screen reader or weak eyes', async () => {
    await open('garden', { colorScheme, reducedMotion: 'reduce' })
    expect(await audit(page)).toEqual([])
    await at('new-run').click()
    await at('choose-folder').click()
    await at('scan').waitFor()
    await at('advanced').locator('summary').click()
    await page.evaluate(() => {
      window.garden.memoryBytes = 600 * 2 ** 20
    })
    await at('size-128').click()
    await at('rehearsal-misfit').waitFor()
    expect(await audit(page)).toEqual([])
    await at('home').click()
    for (const [run, shown] of [
      ['1', 'training'],
      ['5', 'failed'],
      ['4', 'interrupted'],
    ] as const) {
      await at(`run-card-run-${run}`).click()
      await state(shown)
      expect(await audit(page)).toEqual([])
      if (run !== '4') await at('home').click()
    }
    await at('export').click()
    await at('export-save').waitFor()
    expect(await audit(page)).toEqual([])
  })
})
