import { execFile } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { RunFile } from '../../main/store/runFile'
import { launch, temporaryHome, type RunningApp } from './launch'
import { look, SMALL } from './look'

/** The history over a few real runs, trained for a moment by the command line. */
const home = temporaryHome()
const copy = join(home.folder, 'oak copy.sprout')
const screenshots = join(import.meta.dirname, '../../test-results')
const CLI = resolve('out/main/cli.cjs')
let running: RunningApp
let page: Page
/** Ids of the runs by their first names. */
const ids = { oak: '', elm: '', fir: '' }

async function sprout(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [CLI, ...args, '--json'], {
    env: { ...process.env, SPROUT_HOME: home.folder },
    // A line for each picture that is prepared.
    maxBuffer: 64 << 20,
  })
  const lines = stdout.trim().split('\n')
  return (JSON.parse(lines.at(-1)!) as { runId: string }).runId
}

function train(name: string, ...more: string[]): Promise<string> {
  const schedule = [
    '--stable-images',
    '1024',
    '--fade-images',
    '512',
    '--checkpoint-seconds',
    '0.2',
  ]
  const data = ['--data', 'sample:mnist', '--preset', 'tiny', '--seed', '5', '--name', name]
  return sprout('train', ...data, ...schedule, ...more)
}

const at = (name: string) => page.getByTestId(name)
const cards = () =>
  page
    .locator('[data-run]')
    .evaluateAll((all) => all.map((each) => (each as HTMLElement).dataset['run']!))

async function menu(id: string, item: string): Promise<void> {
  await at(`run-card-${id}`).hover()
  await at(`run-menu-${id}`).click()
  await at(`menu-${item}`).click()
}

beforeAll(async () => {
  mkdirSync(screenshots, { recursive: true })
  ids.oak = await train('Oak', '--to', '8')
  ids.elm = await train('Elm', '--to', '8', '--loss', 'logistic')
  ids.fir = await train('Fir 10', '--to', '16', '--images', '1100')
  running = await launch(home.folder, {
    SPROUT_TEST_SAVE_FILE: copy,
    SPROUT_TEST_OPEN_FILE: copy,
  })
  page = running.page
}, 420_000)
afterAll(async () => {
  await running?.close()
  home.remove()
})

test('runs are listed with pictures, named in place, tagged, noted and starred', async () => {
  await at(`run-card-${ids.oak}`).waitFor()
  expect(await cards()).toEqual([ids.fir, ids.elm, ids.oak])
  await expect.poll(() => page.locator('article img').count()).toBe(3)

  await menu(ids.oak, 'rename')
  await at(`rename-${ids.oak}`).fill('Old oak')
  await page.keyboard.press('Enter')
  await page.getByText('Old oak', { exact: true }).waitFor()
  await menu(ids.elm, 'rename')
  await at(`rename-${ids.elm}`).fill('Nothing of this')
  await page.keyboard.press('Escape')
  expect(await page.getByText('Nothing of this').count()).toBe(0)

  await menu(ids.oak, 'details')
  await at('tag-input').pressSequentially('trees,keep')
  await page.keyboard.press('Enter')
  await at('details-note').fill('Slow but good.')
  await look(page, 'history-details', [SMALL])
  await at('details-save').click()
  await page.locator('article').filter({ hasText: 'Old oak' }).getByText('trees').waitFor()

  await at(`run-card-${ids.elm}`).hover()
  await at(`star-${ids.elm}`).click()
  await expect.poll(() => at(`star-${ids.elm}`).getAttribute('aria-pressed')).toBe('true')
  // In the file, not in the window alone.
  const shown = await promisify(execFile)(process.execPath, [
    CLI,
    'show',
    ids.oak,
    '--home',
    home.folder,
  ])
  expect(shown.stdout).toMatch(/Old oak/)
  expect(shown.stdout).toMatch(/tags\s+trees, keep/)
  expect(shown.stdout).toMatch(/note\s+Slow but good\./)
  await look(page, 'history-grid')
})

test('runs are searched, filtered and ordered; the order and the view are remembered', async () => {
  await page.keyboard.press('/')
  await page.keyboard.type('slow OAK')
  expect(await cards()).toEqual([ids.oak])
  expect(await at('count').getAttribute('data-shown')).toBe('1')
  await page.keyboard.press('Escape')
  await at('filter-size').selectOption({ label: '16×16' })
  expect(await cards()).toEqual([ids.fir])
  await at('show-all').click()
  await at('filter-tag').selectOption({ label: 'keep' })
  expect(await cards()).toEqual([ids.oak])
  await at('filter-tag').selectOption('')
  await at('filter-starred').click()
  expect(await cards()).toEqual([ids.elm])
  await at('search').fill('oak')
  await page.getByText('No run is like that.').waitFor()
  await page.getByRole('button', { name: 'Show all' }).last().click()

  await at('sort').selectOption('name')
  expect(await cards()).toEqual([ids.elm, ids.fir, ids.oak])
  await at('view-table').click()
  await at('sort-name').click()
  expect(await cards()).toEqual([ids.oak, ids.fir, ids.elm])
  await page.reload()
  await at('view-table').waitFor()
  await page.getByRole('table').waitFor()
  expect(await cards()).toEqual([ids.oak, ids.fir, ids.elm])
  await look(page, 'history-table')
})

test('a run is deleted and had back, with the keyboard alone', async () => {
  await at('sort-name').focus()
  for (let i = 0; i < 30; i++) {
    await page.keyboard.press('Tab')
    const run = await page.evaluate(() => (document.activeElement as HTMLElement).dataset['run'])
    if (run !== undefined) break
  }
  const focused = () =>
    page.evaluate(() => (document.activeElement as HTMLElement | null)?.dataset['run'])
  expect(await focused()).toBe(ids.oak)
  await page.keyboard.press('ArrowDown')
  expect(await focused()).toBe(ids.fir)
  await page.keyboard.press('End')
  expect(await focused()).toBe(ids.elm)
  await page.keyboard.press('Delete')
  await at('undo').waitFor()
  await expect.poll(cards).toEqual([ids.oak, ids.fir])
  expect(readdirSync(join(home.folder, 'trash'))).toEqual([`${ids.elm}.sqlite`])
  await expect.poll(focused).toBe(ids.fir)
  await page.screenshot({ path: join(screenshots, 'history-undo.png') })
  await at('undo').focus()
  await page.keyboard.press('Enter')
  await expect.poll(cards).toEqual([ids.oak, ids.fir, ids.elm])

  await menu(ids.elm, 'delete')
  await expect.poll(cards).toEqual([ids.oak, ids.fir])
  await at('trash').click()
  await at(`restore-${ids.elm}`).waitFor()
  await look(page, 'history-trash', [SMALL])
  await at(`restore-${ids.elm}`).click()
  await page.keyboard.press('Escape')
  await expect.poll(cards).toEqual([ids.oak, ids.fir, ids.elm])
  expect(await at(`star-${ids.elm}`).getAttribute('aria-pressed')).toBe('true')
})

test('a run is copied out, deleted for good, and brought in again', async () => {
  await menu(ids.oak, 'export')
  await page.locator('[data-testid="transfer"][data-state="done"]').waitFor()
  expect(existsSync(copy)).toBe(true)
  await at('transfer-close').click()
  await menu(ids.oak, 'delete')
  await expect.poll(cards).toEqual([ids.fir, ids.elm])
  await at('trash').click()
  await at('trash-empty').click()
  await at('trash-empty-sure').click()
  await page.getByText('Nothing here.').waitFor()
  await page.keyboard.press('Escape')
  expect(readdirSync(join(home.folder, 'trash'))).toEqual([])

  await at('import').click()
  await page.locator('[data-testid="transfer"][data-state="done"]').waitFor()
  await expect.poll(cards).toEqual([ids.oak, ids.fir, ids.elm])
  expect(await page.getByRole('row').filter({ hasText: 'Old oak' }).textContent()).toContain('keep')
  await at('transfer-close').click()

  writeFileSync(copy, 'No run file, but long enough to be taken for one. '.repeat(40))
  await at('import').click()
  const failed = page.locator('[data-testid="transfer"][data-state="failed"]')
  await failed.waitFor()
  expect(await failed.textContent()).toContain('is not a file of Sprout')
  await look(page, 'history-import-failed', [SMALL])
  await at('transfer-close').click()
})

test('dropping a run file takes it in', async () => {
  copyFileSync(join(home.folder, 'runs', `${ids.fir}.sqlite`), copy)
  await page.evaluate(() => {
    const carried = new DataTransfer()
    carried.items.add(new File(['x'], 'text.txt'))
    window.dispatchEvent(new DragEvent('dragover', { dataTransfer: carried, cancelable: true }))
  })
  await page.getByText('Drop a run file to import it').waitFor()
  await page.screenshot({ path: join(screenshots, 'history-drop.png') })
  const drop = (fromDisk: boolean) =>
    page.evaluate((real) => {
      const field = document.querySelector<HTMLInputElement>('#dropped')
      const carried = new DataTransfer()
      carried.items.add(real ? field!.files![0]! : new File(['x'], 'text.txt'))
      window.dispatchEvent(new DragEvent('drop', { dataTransfer: carried, cancelable: true }))
    }, fromDisk)
  // A file that a page made has no path, as one that is dragged from another page.
  await drop(false)
  await at('notice').waitFor()
  await at('notice').getByRole('button').click()

  await page.evaluate(() => {
    const field = document.createElement('input')
    Object.assign(field, { type: 'file', id: 'dropped' })
    document.body.append(field)
  })
  await page.locator('#dropped').setInputFiles(copy)
  await drop(true)
  await page.locator('[data-testid="transfer"][data-state="done"]').waitFor()
  await expect.poll(cards).toHaveLength(4)
  await page.evaluate(() => document.querySelector('#dropped')!.remove())
  await at('open-imported').click()
  expect(await at('run-title').textContent()).toBe('Fir 10')
  await at('home').click()
  const [twin] = (await cards()).filter((id) => !Object.values(ids).includes(id))
  await menu(twin!, 'delete')
  await expect.poll(cards).toEqual([ids.oak, ids.fir, ids.elm])
})

test('a run is dragged out of the window as a copy of its file', async () => {
  // What the system would carry off; the system itself cannot be asked what it holds.
  await running.electron.evaluate(({ webContents }) => {
    for (const contents of webContents.getAllWebContents()) {
      contents.startDrag = ({ file }) => Object.assign(globalThis, { dragged: file })
    }
  })
  const dragged = () =>
    running.electron.evaluate(() => (globalThis as { dragged?: string }).dragged ?? null)
  await at(`run-card-${ids.oak}`).hover()
  await page.mouse.down()
  await page.mouse.move(700, 500, { steps: 5 })
  await expect.poll(dragged, { timeout: 20_000 }).toMatch(/Old oak\.sprout$/)
  await page.mouse.up()
  const copied = RunFile.openForReading((await dragged())!)
  expect(copied.summary()).toMatchObject({ name: 'Old oak', imagesSeen: 2560 })
  copied.close()
})

test('settings are taken over into a new run', async () => {
  await menu(ids.elm, 'duplicate')
  await at('run-name').waitFor()
  await at('scan').waitFor()
  const checked = (name: string) => at(name).getAttribute('data-checked')
  expect(await checked('size-8')).toBe('true')
  expect(await at('sample-mnist').getAttribute('aria-pressed')).toBe('true')
  await at('home').click()
})

test('a branch goes on from an earlier checkpoint and is shown below its parent', async () => {
  await menu(ids.oak, 'branch')
  const choose = at('branch-checkpoint')
  const options = choose.locator('option')
  await expect.poll(() => options.count()).toBeGreaterThan(2)
  // The newest is the end: nothing is left to train.
  expect(await at('branch-train').isDisabled()).toBe(true)
  await at('branch-problem').waitFor()
  const fadeEnd = options.filter({ hasText: '1,536' })
  await choose.selectOption((await fadeEnd.first().getAttribute('value'))!)
  expect(await at('branch-create').isDisabled()).toBe(false)
  await at('branch-name').fill('Oak, sharper')
  await at('branch-logistic').click()
  await at('branch-stable').fill('64')
  await at('branch-fade').waitFor({ state: 'detached' })
  await at('branch-size').selectOption('16')
  expect(await at('branch-fade').getAttribute('placeholder')).toBe('512')
  await at('branch-size').selectOption('8')
  await look(page, 'history-branch', [SMALL])
  await at('branch-create').click()
  await at('run-title').waitFor()
  expect(await at('run-title').textContent()).toBe('Oak, sharper')
  expect(await at('images-seen').getAttribute('data-value')).toBe('1536')
  await at('resume').click()
  await expect
    .poll(() => at('run-state').getAttribute('data-state'), { timeout: 60_000 })
    .toBe('finished')
  expect(await at('images-seen').getAttribute('data-value')).toBe('1600')

  await at('home').click()
  await menu(ids.oak, 'family')
  const names = await page.getByRole('row').locator('[data-run]').allTextContents()
  expect(names.map((name) => name.trim())).toEqual(['Old oak', 'Oak, sharper'])
  await look(page, 'history-family', [SMALL])
  await at('show-all').click()
})

test('runs are compared: curves, pictures after equally many images, and settings', async () => {
  await at(`pick-${ids.oak}`).check()
  await at(`pick-${ids.elm}`).check()
  await look(page, 'history-picked', [SMALL])
  await at('compare').click()
  await expect.poll(() => at('compare-chart').getAttribute('data-lines')).toBe('2')
  const rows = () =>
    page
      .locator('[data-setting]')
      .evaluateAll((all) => all.map((each) => (each as HTMLElement).dataset['setting']))
  expect(await rows()).toEqual(['quality', 'loss', 'penalty', 'drift'])
  await at('all-settings').check()
  expect((await rows()).length).toBeGreaterThan(15)
  await at('all-settings').uncheck()
  const images = () =>
    Promise.all([0, 1].map((i) => at(`compared-${i}`).getAttribute('data-images')))
  await expect.poll(images).toEqual(['2560', '2560'])
  await look(page, 'history-compare')
  await at('compare-images').focus()
  await page.keyboard.press('Home')
  await expect.poll(images).toEqual(['0', '0'])
  await page.getByText('Same latents').waitFor()
  await at('measure-fakeScore').click()
  await at('language').selectOption('zh-CN')
  await page.getByText('潜变量相同').waitFor()
  await page.screenshot({ path: join(screenshots, 'history-compare-zh.png') })
  await at('compare-back').click()
  await page.getByRole('columnheader', { name: '名称' }).waitFor()
  await page.screenshot({ path: join(screenshots, 'history-table-zh.png') })
  await menu(ids.oak, 'branch')
  await page.getByRole('dialog').waitFor()
  await page.screenshot({ path: join(screenshots, 'history-branch-zh.png') })
  await page.keyboard.press('Escape')
  await at('language').selectOption('en')
  await at('view-grid').click()
  await at('run-card-' + ids.oak).waitFor()
})

test('nothing went wrong in the page', () => {
  expect(running.pageErrors(), running.log()).toEqual([])
})
