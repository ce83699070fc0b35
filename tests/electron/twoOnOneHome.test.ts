import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openHome } from '../../main/store/home'
import { tryLockRun } from '../../main/store/runLock'
import { startSprout, type Line } from '../cli/sprout'
import { makeFadingRun } from '../fadingRun'
import { launch, temporaryHome, type RunningApp } from './launch'
import { commandOf } from './startApp'
import { look } from './look'

const TIMEOUT_MS = 180_000
const results = join('test-results', 'two')
const home = temporaryHome()
let running: RunningApp
let page: Page
let runId = ''

beforeAll(async () => {
  mkdirSync(results, { recursive: true })
  runId = await makeFadingRun(home.folder, 'Oak')
  running = await launch(home.folder)
  page = running.page
}, TIMEOUT_MS)
afterAll(async () => {
  await running?.close()
  home.remove()
}, TIMEOUT_MS)

const at = (name: string) => page.getByTestId(name)
const state = () => at('run-state').getAttribute('data-state')
const notices = () => at('notice').allTextContents()

async function dismissNotices(): Promise<void> {
  while ((await at('notice').count()) > 0)
    await at('notice').first().getByRole('button').last().click()
}

async function menu(item: string): Promise<void> {
  await at(`run-card-${runId}`).hover()
  await at(`run-menu-${runId}`).click()
  await at(`menu-${item}`).click()
}

/** One sentence or two that say who trains the run. */
async function expectRefusal(): Promise<void> {
  await expect.poll(notices, { timeout: 30_000 }).toHaveLength(1)
  const [text] = await notices()
  expect(text).toContain('being trained')
  expect(text!.trim().split('\n')).toHaveLength(1)
}

test(
  'a second start of the app shows the window of the first, and ends',
  async () => {
    const { electron } = running
    await electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.hide())
    const { executablePath, args, env } = commandOf(home.folder)
    const second = spawn(executablePath, args, { env, stdio: 'ignore' })
    try {
      const [code] = (await once(second, 'exit', { signal: AbortSignal.timeout(60_000) })) as [
        number,
      ]
      expect(code).toBe(0)
    } finally {
      second.kill('SIGKILL')
    }
    const windows = () =>
      electron.evaluate(({ BrowserWindow }) =>
        BrowserWindow.getAllWindows().map((window) => window.isVisible()),
      )
    await expect.poll(windows).toEqual([true])
  },
  TIMEOUT_MS,
)

test(
  'a run that another process holds is neither trained nor deleted, but can be named',
  async () => {
    const lock = tryLockRun(openHome(home.folder).lockFile(runId))!
    try {
      await menu('delete')
      await expectRefusal()
      await page.screenshot({ path: join(results, 'delete-refused.png') })
      await dismissNotices()
      await menu('rename')
      await at(`rename-${runId}`).fill('Old oak')
      await page.keyboard.press('Enter')
      await page.getByText('Old oak', { exact: true }).waitFor()

      await at(`run-card-${runId}`).click()
      await at('resume').click()
      await expectRefusal()
      await expect.poll(state).toBe('paused')
      await page.screenshot({ path: join(results, 'train-refused.png') })
      await dismissNotices()
    } finally {
      lock.release()
    }
  },
  TIMEOUT_MS,
)

test(
  'what the command line makes of a run is followed by the window that shows it',
  async () => {
    await at('resume').waitFor()
    const imagesSeen = () => at('images-seen').textContent()
    const before = await imagesSeen()
    const ticks: Line[] = []
    const { child, ended } = startSprout(
      ['resume', runId, '--home', home.folder, '--json'],
      (line) => {
        if (line.type !== 'tick') return
        ticks.push(line)
        // A while for the window to look.
        if (ticks.length === 2) child.kill('SIGSTOP')
      },
    )
    try {
      await expect.poll(state, { timeout: 60_000 }).toBe('training')
      await expect.poll(imagesSeen, { timeout: 20_000 }).not.toBe(before)
      await expect.poll(() => ticks.length, { timeout: 60_000 }).toBe(2)
      expect(await at('resume').count()).toBe(0)
      expect(await at('stop').count()).toBe(0)
      await page.getByText('trains outside this window').waitFor()
      await look(page, 'two/elsewhere')
      child.kill('SIGINT')
      child.kill('SIGCONT')
      expect((await ended).code).toBe(0)
    } finally {
      child.kill('SIGKILL')
    }
    await expect.poll(state, { timeout: 20_000 }).toBe('paused')
    await at('resume').click()
    await expect.poll(state, { timeout: 120_000 }).toBe('finished')
    expect(await notices()).toEqual([])
    expect(running.pageErrors()).toEqual([])
  },
  TIMEOUT_MS,
)
