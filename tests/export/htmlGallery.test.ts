import { existsSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { chromium, type Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exportRun } from '../../main/export/exportRun'
import { TinyRun, tinyConfig } from './tinyRun'

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
let tiny: TinyRun
let browser: Browser

beforeAll(async () => {
  const executablePath = CHROMIUM.find((path) => existsSync(path))
  if (executablePath === undefined) {
    throw new Error('These tests need Chromium: run `apt-get install chromium` (Debian) first.')
  }
  tiny = new TinyRun(tinyConfig({ classes: ['<i>cats', 'dogs'] }), 160)
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
}, 60_000)
afterAll(async () => {
  await browser?.close()
  tiny?.remove()
})

/** What the page says in each language. */
const SAYS = {
  en: {
    first: 'Seed 20 · <i>cats',
    next: 'Seed 21 · dogs',
    facts: '6 pictures of 16×16',
    close: 'Close',
  },
  'zh-CN': {
    first: '种子 20 · <i>cats',
    next: '种子 21 · dogs',
    facts: '6 张 16×16 的图片',
    close: '关闭',
  },
} as const

test.each(['en', 'zh-CN'] as const)(
  'the page in %s shows its pictures in a browser without a network, and asks for nothing',
  async (language) => {
    const says = SAYS[language]
    const file = tiny.path(`page-${language}.html`)
    await exportRun(tiny.run, tiny.engine, {
      kind: 'html',
      runId: 'tiny-run',
      checkpointId: null,
      file,
      samples: { which: 'seeds', seed: 20, count: 6, className: null },
      truncation: 0.8,
      language,
    })
    const context = await browser.newContext({ offline: true })
    const page = await context.newPage()
    const requests: string[] = []
    const errors: string[] = []
    page.on('request', (request) => requests.push(request.url()))
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
    page.on('pageerror', (error) => errors.push(error.message))
    await page.goto(pathToFileURL(file).href)
    expect(await page.title()).toBe('Ünï <b>& 花')
    expect(await page.locator('h1').textContent()).toBe('Ünï <b>& 花')
    const pictures = page.locator('li img')
    expect(await pictures.count()).toBe(6)
    const sizes = await pictures.evaluateAll((images) =>
      images.map((image) => (image as HTMLImageElement).naturalWidth),
    )
    expect(sizes).toEqual(Array<number>(6).fill(16))
    expect(await pictures.first().getAttribute('alt')).toBe(says.first)
    expect(await page.locator('html').getAttribute('lang')).toBe(language)
    expect(await page.locator('header p').textContent()).toContain(says.facts)

    await page.locator('li button').nth(1).click()
    const large = page.locator('dialog img')
    await large.waitFor()
    expect(await large.getAttribute('alt')).toBe(says.next)
    expect(await page.locator('dialog button').getAttribute('aria-label')).toBe(says.close)
    await page.keyboard.press('ArrowRight')
    expect(await large.getAttribute('alt')).toBe(says.first.replace('20', '22'))
    await page.keyboard.press('Escape')
    await large.waitFor({ state: 'hidden' })
    expect(errors).toEqual([])
    expect(requests.filter((url) => !url.startsWith('file:') && !url.startsWith('data:'))).toEqual(
      [],
    )
    await context.close()
  },
)
