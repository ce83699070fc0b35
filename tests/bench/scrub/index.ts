import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ElectronApplication } from 'playwright-core'
import type { Resolution } from '../../../shared/domain/resolution'
import { quitApp, startApp } from '../../electron/startApp'
import { option } from '../option'
import { drag, measure, play, pressRight, scrollStrip, type Measured } from './measure'
import { makeRun } from './run'

/**
 * How smoothly the window goes through a run's history of mosaics: frame times and tasks over 50 ms while the slider is
 * dragged from end to end and back, while an arrow key is held down, while it plays, and while a film strip is scrolled.
 * The run is made by the store's own code; the app is the real one.
 *
 * usage: scrub [--mosaics 2000] [--size 64] [--seconds 10] [--screenshot FILE] [--trace FILE, for chrome://tracing]
 */
const MOSAICS = Number(option('mosaics', '2000'))
const SIZE = Number(option('size', '64')) as Resolution
const SECONDS = Number(option('seconds', '10'))

function row(name: string, { frames, longTasks, mosaics }: Measured): string {
  const sorted = [...frames].sort((a, b) => a - b)
  const part = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN
  const cells = [
    name,
    `${frames.length}`,
    part(0.5).toFixed(1),
    part(0.99).toFixed(1),
    part(1).toFixed(1),
    `${longTasks.length}`,
    longTasks.length === 0 ? '–' : Math.max(...longTasks).toFixed(0),
    `${mosaics}`,
  ]
  return `| ${cells.join(' | ')} |`
}

async function measureAll(electron: ElectronApplication, runId: string): Promise<void> {
  const page = await electron.firstWindow()
  await page.getByTestId(`run-card-${runId}`).click()
  await page.locator('[data-testid="mosaic"][data-images]').waitFor()
  console.log('| what | frames | median ms | 99 % | worst | tasks > 50 ms | longest | mosaics |')
  console.log('| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |')
  const tell = async (name: string, work: () => Promise<void>) =>
    console.log(row(name, await measure(page, work)))
  await tell('nothing', () => page.waitForTimeout(1000 * Math.min(SECONDS, 3)))
  await tell('drag', () => drag(page, SECONDS))
  await tell('drag again', () => traced(electron, () => drag(page, SECONDS)))
  await tell('arrow key', () => pressRight(page, SECONDS))
  await tell('play, 30/s', () => play(page, SECONDS))
  await page.getByTestId('mosaic-tile-9').click()
  await page.getByTestId('film-strip').waitFor()
  await tell('film strip', () => scrollStrip(page, SECONDS))
  const screenshot = option('screenshot', '')
  if (screenshot !== '') await page.screenshot({ path: screenshot })
  const memory = await electron.evaluate(({ app }) =>
    app.getAppMetrics().map(({ type, name, memory: { workingSetSize } }) => {
      return `${name ?? type} ${Math.round(workingSetSize / 1024)} MiB`
    }),
  )
  console.log(`\nmemory: ${memory.join(', ')}`)
}

/** Does some work, and keeps what Chromium's processes did meanwhile where `--trace` says. */
async function traced(electron: ElectronApplication, work: () => Promise<void>): Promise<void> {
  const file = option('trace', '')
  if (file === '') return work()
  await electron.evaluate(({ contentTracing }) =>
    contentTracing.startRecording({ included_categories: ['toplevel', 'devtools.timeline', 'v8'] }),
  )
  await work()
  await electron.evaluate(({ contentTracing }, path) => contentTracing.stopRecording(path), file)
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sprout-scrub-'))
  try {
    const begun = performance.now()
    const runId = await makeRun(folder, MOSAICS, SIZE)
    const seconds = ((performance.now() - begun) / 1000).toFixed(1)
    console.log(`${MOSAICS} mosaics up to ${SIZE} px, made in ${seconds} s\n`)
    const electron = await startApp(folder)
    try {
      await measureAll(electron, runId)
    } finally {
      await quitApp(electron)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

void main().catch((error: unknown) => {
  console.error(error)
  process.exitCode = 1
})
