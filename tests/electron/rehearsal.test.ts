import { expect, test } from 'vitest'
import { launchForEachTest } from './launch'

const MEASURED_MS = 120_000

const app = launchForEachTest()

test('a run is rehearsed by itself, in processes that are gone afterwards', async () => {
  const running = app()
  const { page, electron } = running
  await page.getByTestId('new-run').click()
  await page.getByTestId('sample-mnist').click()
  await page.getByTestId('size-8').click()
  const rehearsal = page.getByTestId('rehearsal')
  await rehearsal.and(page.locator('[data-state="done"]')).waitFor({ timeout: MEASURED_MS })
  for (const size of [4, 8]) {
    const row = page.getByTestId(`rehearsal-${size}`)
    expect(await row.getAttribute('data-basis'), running.log()).toBe('measured')
    expect(await row.getAttribute('data-fit')).toBe('fits')
  }
  expect(await page.getByTestId('train').isEnabled()).toBe(true)
  const jobs = () =>
    electron.evaluate(({ app }) =>
      app.getAppMetrics().flatMap(({ name }) => (name?.startsWith('job') ? [name] : [])),
    )
  await expect.poll(jobs, { timeout: 10_000 }).toEqual([])

  // Another network is measured anew, and given up when the person goes elsewhere.
  await page.getByTestId('preset-small').click()
  await rehearsal.and(page.locator('[data-state="measuring"]')).waitFor()
  await page.getByTestId('home').click()
  await expect.poll(jobs, { timeout: 10_000 }).toEqual([])
  expect(running.pageErrors(), running.log()).toEqual([])
}, 240_000)
