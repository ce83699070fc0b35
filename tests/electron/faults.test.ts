import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ElectronApplication, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FADING, makeFadingRun } from '../fadingRun'
import { openHome } from '../../main/store/home'
import { launch, temporaryHome, type RunningApp } from './launch'

const TIMEOUT_MS = 180_000
/** So long may a trainer be silent here. */
const SILENCE_MS = 4000
const results = join('test-results', 'faults')

const home = temporaryHome()
let running: RunningApp
let runId = ''

beforeAll(async () => {
  mkdirSync(results, { recursive: true })
  runId = await makeFadingRun(home.folder, 'Oak')
  const { runFile } = openHome(home.folder)
  // A second run whose file is damaged: its first page is gone.
  writeFileSync(runFile('bent'), readFileSync(runFile(runId)).fill(0, 0, 4096))
  running = await launch(home.folder, { SPROUT_TEST_SILENCE_MS: `${SILENCE_MS}` })
}, TIMEOUT_MS)
afterAll(async () => {
  await running.close()
  home.remove()
}, TIMEOUT_MS)

const shot = (page: Page, name: string) =>
  page.screenshot({ path: join(results, `${name}.png`), fullPage: true })
const state = (page: Page) => page.getByTestId('run-state').getAttribute('data-state')

function pidOf(electron: ElectronApplication): Promise<number | undefined> {
  return electron.evaluate(
    ({ app }) => app.getAppMetrics().find(({ name }) => name === 'trainer')?.pid,
  )
}

/** Sends a signal to the trainer once it trains, and waits until it is gone. */
async function signalTrainer(signal: 'SIGKILL' | 'SIGSTOP'): Promise<void> {
  const { page, electron } = running
  await expect.poll(() => state(page), { timeout: 60_000 }).toMatch(/training|preparing/)
  const pid = (await pidOf(electron))!
  process.kill(pid, signal)
  await expect.poll(() => pidOf(electron), { timeout: 60_000 }).not.toBe(pid)
  await expect.poll(() => state(page), { timeout: 30_000 }).toBe('interrupted')
}

test(
  'a damaged file is told in the list, and repaired from there; the damaged one is kept',
  { timeout: TIMEOUT_MS },
  async () => {
    const { page } = running
    const damaged = page.getByTestId('damaged-file')
    await damaged.waitFor()
    expect(await damaged.textContent()).toContain('bent')
    await page.getByTestId(`run-card-${runId}`).waitFor()
    await shot(page, 'damaged')
    await page.getByTestId('repair').click()
    await expect.poll(() => damaged.getAttribute('data-state')).toBe('repaired')
    await shot(page, 'repaired')
    const { runFile } = openHome(home.folder)
    expect(existsSync(`${runFile('bent')}.damaged`)).toBe(true)
  },
)

test(
  'a trainer that hangs or dies is told, can be resumed, and three times in a row give a report',
  { timeout: TIMEOUT_MS },
  async () => {
    const { page, electron } = running
    await page.getByTestId(`run-card-${runId}`).click()
    await page.getByTestId('resume').click()
    await signalTrainer('SIGSTOP')
    const notice = page.getByTestId('notice')
    await expect.poll(() => notice.textContent()).toContain('no sign of life')
    await shot(page, 'hung')
    await page.getByTestId('resume-crashed').click()
    await signalTrainer('SIGKILL')
    await expect.poll(() => notice.textContent()).toContain('ended unexpectedly')
    await page.getByTestId('resume-crashed').click()
    await signalTrainer('SIGKILL')
    await page.getByTestId('crash-report').waitFor()
    await shot(page, 'report')
    await page.getByTestId('copy-report').click()
    await expect
      .poll(() => electron.evaluate(({ clipboard }) => clipboard.readText()))
      .toContain('no sign of life')
    const text = await electron.evaluate(({ clipboard }) => clipboard.readText())
    expect(text.split('ended unexpectedly')).toHaveLength(3)
    expect(text).not.toContain(home.folder)
    // The window is alive all the while.
    await notice.getByRole('button').last().click()
    await page.getByTestId('home').click()
    await page.getByTestId('new-run').waitFor()
  },
)

test(
  'the run that crashed three times has its checkpoint and goes on',
  { timeout: TIMEOUT_MS },
  async () => {
    const { page } = running
    await page.getByTestId(`run-card-${runId}`).click()
    await page.getByTestId('resume').click()
    await expect.poll(() => state(page), { timeout: 120_000 }).toBe('finished')
    expect(FADING.fadeImages).toBeGreaterThan(0)
  },
)
