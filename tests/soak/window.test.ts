import type { CDPSession } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launch, temporaryHome, type RunningApp } from '../electron/launch'
import { makeFadingRun } from '../fadingRun'
import { slope } from './slope'

/** Resident memory rises by some 40 MiB and falls again about every 70 rounds; `SPROUT_SOAK_VIEWS` takes another number. */
const ROUNDS = Number(process.env.SPROUT_SOAK_VIEWS ?? 240)
/** Rounds between two measurements. */
const EVERY = Math.ceil(ROUNDS / 10)
/** Measurements until caches and allocators have what they need. */
const WARM_UP = 3
/** Most that may be added by one more opening and closing, on the line through all measurements. */
const MOST_RISE = {
  renderer: 0.5,
  rendererHeap: 0.05,
  library: 0.5,
  main: 0.3,
  mainHeap: 0.05,
  nodes: 1,
  listeners: 0.5,
}

type Measured = Record<keyof typeof MOST_RISE, number>

const here = process.env.SPROUT_TEST_ELECTRON !== undefined
if (!here) console.log('Skipped: there is no Electron for tests here.')

describe.skipIf(!here)('the view of a run', () => {
  const home = temporaryHome()
  let running: RunningApp
  let inspector: CDPSession
  let runId = ''

  beforeAll(async () => {
    runId = await makeFadingRun(home.folder, 'Oak')
    running = await launch(home.folder, {}, ['--js-flags=--expose-gc'])
    inspector = await running.page.context().newCDPSession(running.page)
    await inspector.send('Performance.enable')
  }, 240_000)
  afterAll(async () => {
    await running?.close()
    home.remove()
  }, 60_000)

  /** What is held once what can be freed was freed: MiB of resident memory and of JavaScript's heap, and counts. */
  async function measure(): Promise<Measured> {
    const { electron } = running
    for (let i = 0; i < 2; i++) await inspector.send('HeapProfiler.collectGarbage')
    const { resident, heap } = await electron.evaluate(({ app }) => {
      const { gc } = globalThis as { gc?: () => void }
      if (gc === undefined) throw new Error('Memory cannot be freed at will.')
      gc()
      const resident = app.getAppMetrics().map(({ type, name, memory }) => {
        return { what: name ?? type, mebibytes: memory.workingSetSize / 1024 }
      })
      const { heapUsed, external } = process.memoryUsage()
      return { resident, heap: heapUsed + external }
    })
    const of = (what: string) => resident.find((each) => each.what === what)!.mebibytes
    const { metrics } = await inspector.send('Performance.getMetrics')
    const count = (name: string) => metrics.find((each) => each.name === name)!.value
    return {
      renderer: of('Tab'),
      rendererHeap: count('JSHeapUsedSize') / (1 << 20),
      library: of('library'),
      main: of('Browser'),
      mainHeap: heap / (1 << 20),
      nodes: count('Nodes'),
      listeners: count('JSEventListeners'),
    }
  }

  /** Opens the run, looks at an old mosaic, at the fade and at the gallery, and goes back to the list. */
  async function lookAround(): Promise<void> {
    const { page } = running
    await page.getByTestId(`run-card-${runId}`).click()
    await page.locator('[data-testid="mosaic"][data-images]').waitFor()
    await page.getByTestId('mosaic-scrub').press('Home')
    await page.locator('[data-testid="mosaic"][data-images="0"]').waitFor()
    await page.getByTestId('gallery').click()
    await page.locator('[data-testid^="tile-"] canvas[data-drawn="true"]').first().waitFor()
    await page.getByTestId('home').click()
    await page.getByTestId(`run-card-${runId}`).waitFor()
  }

  test(
    'leaves no memory behind when it is opened and closed again and again',
    { timeout: 1_800_000 },
    async () => {
      const all: Measured[] = []
      for (let round = 1; round <= ROUNDS; round++) {
        await lookAround()
        if (round % EVERY === 0) all.push(await measure())
      }
      const rises = Object.fromEntries(
        Object.keys(MOST_RISE).map((what) => {
          const values = all.map((each) => each[what as keyof Measured])
          const rise = slope(values.slice(WARM_UP)) / EVERY
          const figures = values
            .map((value) => value.toFixed(what.endsWith('Heap') ? 1 : 0))
            .join(' ')
          console.log(`${what}: ${figures}; rise ${rise.toFixed(3)} a round`)
          return [what, rise]
        }),
      )
      for (const [what, most] of Object.entries(MOST_RISE)) {
        expect(rises[what], what).toBeLessThan(most)
      }
      expect(running.pageErrors()).toEqual([])
    },
  )
})
