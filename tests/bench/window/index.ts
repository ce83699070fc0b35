import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ElectronApplication } from 'playwright-core'
import { physicalCores } from '../../../main/runtime/devices'
import type { Resolution } from '../../../shared/domain/resolution'
import { quitApp, startApp } from '../../electron/startApp'
import { median } from '../median'
import { option } from '../option'
import { percent } from '../percent'
import { cpuPerImage, timeByTurns, type Speed } from '../turns/timeByTurns'
import { prepareRun, resumeRun, TrainingParty } from '../turns/training'

/**
 * What the open window costs: images/s of a run whose screen is open, with its charts and samples in sight, beside
 * `sprout resume` of a copy of it, by turns. Needs a display. Linux only.
 *
 * usage: window [--size 16] [--rounds 3] [--checkpoints 3]
 */
const PRESET = 'small'
const SIZE = Number(option('size', '16')) as Resolution
const CHECKPOINTS = Number(option('checkpoints', '3'))
/** Long beside what standing still costs a window: what its timers missed comes all at once. */
const TURN_SECONDS = 10
/** Each stands still for half of the time, and checkpoints come by the clock: 30 s of their own time apart. */
const CHECKPOINT_SECONDS = 60
const START_TIMEOUT_MS = 120_000

/** Goes on with a run, and leaves its screen as a person looks at it: samples above, charts below. */
async function resumeInWindow(electron: ElectronApplication, runId: string): Promise<void> {
  const page = await electron.firstWindow({ timeout: START_TIMEOUT_MS })
  page.setDefaultTimeout(START_TIMEOUT_MS)
  await page.getByTestId(`run-card-${runId}`).click()
  await page.getByTestId('chart').waitFor()
  await page.getByTestId('resume').click()
  await page.locator('[data-testid="run-state"][data-state="training"]').waitFor()
}

/** Each training has a copy of the run to itself. */
async function round(homes: readonly [string, string], runId: string): Promise<[Speed, Speed]> {
  const electron = await startApp(homes[0])
  try {
    const window = new TrainingParty(homes[0], runId, electron.process().pid!)
    await resumeInWindow(electron, runId)
    const plain = resumeRun(homes[1], runId)
    try {
      await Promise.all([window.warm(), plain.party.warm()])
      const isDone = (begun: number) =>
        window.trained(CHECKPOINTS, begun) && plain.party.trained(CHECKPOINTS, begun)
      return await timeByTurns([window, plain.party], [TURN_SECONDS, TURN_SECONDS], isDone)
    } finally {
      await plain.end()
    }
  } finally {
    await quitApp(electron)
  }
}

function inWords({ cores }: Speed): string {
  return [...cores].map(([kind, share]) => `${kind} ${share.toFixed(3)}`).join(', ')
}

async function main(): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'sprout-window-'))
  const copy = `${home}-copy`
  try {
    const settings = ['--preset', PRESET, '--checkpoint-seconds', `${CHECKPOINT_SECONDS}`]
    const runId = await prepareRun(home, SIZE, settings)
    cpSync(home, copy, { recursive: true })
    console.log(`preset ${PRESET}, ${SIZE} px, batch 16, wgan-gp, ${physicalCores()} threads\n`)
    console.log(
      '| window images/s | command line images/s | share | window CPU ms/image | command line | cores taken with the window |',
    )
    console.log('| ---: | ---: | ---: | ---: | ---: | --- |')
    const shares: number[] = []
    while (shares.length < Number(option('rounds', '3'))) {
      const [window, plain] = await round([home, copy], runId)
      const [ours, theirs] = [window.imagesPerSecond, plain.imagesPerSecond]
      shares.push(ours / theirs)
      const cells = [ours.toFixed(1), theirs.toFixed(1), percent(ours / theirs)]
      cells.push(cpuPerImage(window).toFixed(2), cpuPerImage(plain).toFixed(2), inWords(window))
      console.log(`| ${cells.join(' | ')} |`)
    }
    console.log(`\nmedian of the shares: ${percent(median(shares))}`)
  } finally {
    for (const folder of [home, copy]) rmSync(folder, { recursive: true, force: true })
  }
}

void main()
