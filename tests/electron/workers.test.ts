import type { ElectronApplication, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { launchForEachTest } from './launch'

/** Long enough to still be training when looked at; nobody waits for its end. */
const MANY_IMAGES = '400000'
const START_TRAINING_MS = 120_000

const app = launchForEachTest()

function pidOf(electron: ElectronApplication, worker: string): Promise<number | undefined> {
  return electron.evaluate(
    ({ app }, name) => app.getAppMetrics().find((process) => process.name === name)?.pid,
    worker,
  )
}

/** Ends a worker as a crash would and waits until it is gone. */
async function crash(electron: ElectronApplication, worker: string): Promise<void> {
  const pid = await pidOf(electron, worker)
  process.kill(pid!, 'SIGKILL')
  await expect.poll(() => pidOf(electron, worker), { timeout: 10_000 }).not.toBe(pid)
}

async function plant(page: Page, name: string): Promise<void> {
  await page.getByTestId('home').click()
  await page.getByTestId('new-run').click()
  await page.getByTestId('sample-mnist').click()
  await page.getByTestId('size-8').click()
  await page.getByTestId('preset-tiny').click()
  await page.getByTestId('schedule-custom').click()
  await page.getByTestId('fade-images').fill(MANY_IMAGES)
  await page.getByTestId('stable-images').fill(MANY_IMAGES)
  await page.getByTestId('run-name').fill(name)
  await page.getByTestId('train').click()
}

const state = (page: Page) => page.getByTestId('run-state').getAttribute('data-state')

test('the library comes back after a crash and the window goes on with it', async () => {
  const { page, electron } = app()
  await page.getByTestId('new-run').waitFor()
  await crash(electron, 'library')
  await page.getByTestId('notice').waitFor()
  expect(await page.getByTestId('notice').textContent()).toContain('ended unexpectedly')
  await expect.poll(() => pidOf(electron, 'library')).toBeGreaterThan(0)
  await page.getByTestId('new-run').click()
  await page.getByTestId('sample-mnist').click()
  await page.getByTestId('scan').waitFor()
})

test(
  'a run waits for the one that trains; a crashed trainer leaves a run that can go on',
  { timeout: 3 * START_TRAINING_MS },
  async () => {
    const { page, electron } = app()
    await plant(page, 'First')
    await expect.poll(() => state(page), { timeout: START_TRAINING_MS }).toBe('training')
    await plant(page, 'Second')
    await expect.poll(() => state(page), { timeout: START_TRAINING_MS }).toBe('queued')

    const first = await pidOf(electron, 'trainer')
    await crash(electron, 'trainer')
    await page.getByTestId('notice').waitFor()
    // Its turn has come.
    await expect.poll(() => state(page), { timeout: START_TRAINING_MS }).toBe('training')
    expect(await pidOf(electron, 'trainer')).not.toBe(first)

    await page.getByTestId('home').click()
    await page
      .getByTestId(/^run-card-/)
      .filter({ hasText: 'First' })
      .click()
    await expect.poll(() => state(page)).toBe('interrupted')
    await page.getByTestId('resume').waitFor()
  },
)
