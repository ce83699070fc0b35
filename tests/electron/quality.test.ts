import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launch, temporaryHome, type RunningApp } from './launch'
import { look } from './look'

/** Quality of a few real runs, trained for a moment by the command line, and of one that trains in the window. */
const home = temporaryHome()
const CLI = resolve('out/main/cli.cjs')
const ids = { oak: '', elm: '', bare: '', branch: '' }
let running: RunningApp
let page: Page

async function sprout(...args: string[]): Promise<{ runId: string }> {
  const { stdout } = await promisify(execFile)(process.execPath, [CLI, ...args, '--json'], {
    env: { ...process.env, SPROUT_HOME: home.folder },
    // A line for each picture that is prepared.
    maxBuffer: 64 << 20,
  })
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as { runId: string }
}

async function train(name: string, ...more: string[]): Promise<string> {
  const schedule = ['--to', '8', '--stable-images', '512', '--fade-images', '256']
  const data = ['--data', 'sample:mnist', '--preset', 'tiny', '--seed', '5', '--name', name]
  return (await sprout('train', ...data, ...schedule, ...more)).runId
}

const at = (name: string) => page.getByTestId(name)
const rows = () =>
  page
    .locator('[data-run]')
    .evaluateAll((all) => all.map((each) => (each as HTMLElement).dataset['run']!))
const distanceOf = async (id: string) =>
  Number(await at(`quality-${id}`).getAttribute('data-distance'))

beforeAll(async () => {
  ids.oak = await train('Oak')
  ids.elm = await train('Elm', '--loss', 'logistic', '--stage-start', 'best')
  ids.bare = await train('Bare', '--images', '64', '--quality-samples', '0')
  const more = ['--name', 'Oak goes on', '--stable-images', '1024']
  ids.branch = (await sprout('branch', ids.oak, ...more)).runId
  running = await launch(home.folder)
  page = running.page
}, 420_000)
afterAll(async () => {
  await running?.close()
  home.remove()
})

test('a run that trains in the window is measured, and its best checkpoint is marked', async () => {
  await at(`run-card-${ids.branch}`).click()
  await at('resume').click()
  await expect
    .poll(() => at('run-state').getAttribute('data-state'), { timeout: 240_000 })
    .toBe('finished')
  await at('curve-quality').click()
  await at('chart').waitFor()
  // Two of its parent's at 4 and at 8 px, its parent's last, and its own.
  const table = await at('chart-table').locator('tr').allTextContents()
  expect(table.at(-1)).toMatch(/\d/)
  await expect.poll(() => page.locator('[data-best="true"]').count()).toBe(1)
  await page.locator('[data-best="true"]').hover()
  await at('checkpoint-card').waitFor()
  expect(await at('checkpoint-card').textContent()).toMatch(/Quality [\d.]+\s*best/)
  await look(page, 'quality-run')
  await at('chart-quality').scrollIntoViewIfNeeded()
  await at('chart-quality').locator('..').focus()
  await page.keyboard.press('ArrowLeft')
  await at('chart-tip').waitFor()
  expect(await at('chart-tip').textContent()).toMatch(/lower is better\s*[\d.]+/)
  await look(page, 'quality-chart')
}, 420_000)

test('the history shows it and is sorted by it, best first', async () => {
  await at('home').click()
  await at('view-grid').click()
  await expect.poll(() => at(`quality-${ids.oak}`).textContent()).toMatch(/Quality [\d.]+/)
  await look(page, 'quality-grid')
  await at('view-table').click()
  const measured = [ids.oak, ids.elm, ids.branch]
  const distances = await Promise.all(measured.map(distanceOf))
  for (const distance of distances) expect(distance).toBeGreaterThan(0)
  const byQuality = measured
    .map((id, i) => ({ id, distance: distances[i]! }))
    .sort((a, b) => a.distance - b.distance)
    .map(({ id }) => id)
  await at('sort-quality').click()
  // A branch may be exactly as good as its parent, with whose checkpoint it began.
  const order = await rows()
  expect(order.at(-1)).toBe(ids.bare)
  const sorted = (some: string[]) => Promise.all(some.slice(0, 3).map(distanceOf))
  expect(await sorted(order)).toEqual(await sorted(byQuality))
  await look(page, 'quality-table')
  await at('sort-quality').click()
  expect((await rows()).at(-1)).toBe(ids.bare)
  expect(await sorted(await rows())).toEqual((await sorted(byQuality)).reverse())
})

test('runs are compared by it', async () => {
  for (const id of [ids.oak, ids.elm]) {
    await at(`pick-${id}`).click()
  }
  await at('compare').click()
  await at('measure-quality').click()
  await at('compare-chart').waitFor()
  const settings = await page.locator('table[data-testid="settings"]').textContent()
  expect(settings).toMatch(/Best quality[\d.]+/)
  expect(settings).toMatch(/New sizes start from/)
  await look(page, 'quality-compare')
})
