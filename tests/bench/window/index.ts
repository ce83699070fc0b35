import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { _electron, type ElectronApplication, type Page } from 'playwright-core'
import { physicalCores } from '../../../main/runtime/devices'

/**
 * What the open window costs: images/s of a run whose screen is open, with its charts and samples in sight, beside
 * `sprout train` of the same settings. The two take turns, each started anew: A B A B. Needs a display.
 *
 * usage: window [--rounds 2] [--seconds 40]
 */
const option = (name: string, fallback: string) => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? fallback : process.argv[at + 1]!
}
const PRESET = 'tiny'
const FIRST = 8
const FINAL = 16
const MS = 1000 * Number(option('seconds', '40'))
/** Images after which speeds count: the first ones compile and warm up. */
const WARM_MS = 6000
/** More than are trained: the run stays in its first phase. */
const MANY_IMAGES = 10_000_000
const CLI = join(process.cwd(), 'out/main/cli.cjs')
const START_TIMEOUT_MS = 120_000

type Speed = { imagesPerSecond: number }

function fromEnvironment(name: string): string {
  const value = process.env[name]
  if (value === undefined) throw new Error(`${name} is not set: run "npm run bench -- --window".`)
  return value
}

/** Images/s of the command line, from the images that its ticks tell of in a stretch of time. */
async function withoutWindow(): Promise<Speed> {
  const home = mkdtempSync(join(tmpdir(), 'sprout-window-'))
  const sizes = ['--from', `${FIRST}`, '--to', `${FINAL}`]
  const phases = ['--stable-images', `${MANY_IMAGES}`, '--fade-images', '0']
  const data = ['--data', 'sample:emoji', '--preset', PRESET, '--home', home, '--json']
  const child = spawn(process.execPath, [CLI, 'train', ...sizes, ...phases, ...data], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    return await speedOf(ticksOf(child))
  } finally {
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
    rmSync(home, { recursive: true, force: true })
  }
}

type Ticks = { next(): Promise<{ imagesSeen: number; ms: number }> }

function ticksOf(child: ChildProcess): Ticks {
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  return {
    next: async () => {
      for (;;) {
        const { value, done } = await lines.next()
        if (done) throw new Error('sprout train ended before it was timed.')
        const line = JSON.parse(value as string) as { type: string; imagesSeen: number }
        if (line.type === 'tick') return { imagesSeen: line.imagesSeen, ms: performance.now() }
      }
    },
  }
}

async function speedOf(ticks: Ticks): Promise<Speed> {
  const begun = await ticks.next()
  let from = begun
  while (from.ms - begun.ms < WARM_MS) from = await ticks.next()
  let to = from
  while (to.ms - from.ms < MS) to = await ticks.next()
  return { imagesPerSecond: (1000 * (to.imagesSeen - from.imagesSeen)) / (to.ms - from.ms) }
}

/** Images/s of a run that was begun in the window, whose screen stays open and in sight. */
async function withWindow(): Promise<Speed> {
  const home = mkdtempSync(join(tmpdir(), 'sprout-window-'))
  const electron = await _electron.launch({
    executablePath: fromEnvironment('SPROUT_TEST_ELECTRON'),
    args: [
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-gpu',
      fromEnvironment('SPROUT_TEST_APP'),
    ],
    env: { ...(process.env as Record<string, string>), SPROUT_HOME: home },
    timeout: START_TIMEOUT_MS,
  })
  try {
    const page = await electron.firstWindow({ timeout: START_TIMEOUT_MS })
    page.setDefaultTimeout(START_TIMEOUT_MS)
    await plant(page)
    return await speedOf({ next: () => nextTick(page) })
  } finally {
    await quit(electron)
    rmSync(home, { recursive: true, force: true })
  }
}

/** Begins the same run as {@link withoutWindow} does. */
async function plant(page: Page): Promise<void> {
  await page.getByTestId('new-run').click()
  await page.getByTestId('sample-emoji').click()
  await page.getByTestId(`size-${FINAL}`).click()
  await page.getByTestId(`first-${FIRST}`).click()
  await page.getByTestId(`preset-${PRESET}`).click()
  await page.getByTestId('schedule-custom').click()
  await page.getByTestId('fade-images').fill('0')
  await page.getByTestId('stable-images').fill(`${MANY_IMAGES}`)
  await page.getByTestId('train').click()
  await page.locator('[data-testid="run-state"][data-state="training"]').waitFor()
  // As a person looks at it: samples above, charts below.
  await page.getByTestId('chart').waitFor()
}

async function nextTick(page: Page): Promise<{ imagesSeen: number; ms: number }> {
  const seen = () => page.getByTestId('images-seen').getAttribute('data-value')
  const before = await seen()
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 250))
    const now = await seen()
    if (now !== before) return { imagesSeen: Number(now), ms: performance.now() }
  }
}

async function quit(electron: ElectronApplication): Promise<void> {
  const child = electron.process()
  const ended = new Promise((resolve) => child.once('exit', resolve))
  await electron.evaluate(({ app }) => app.quit()).catch(() => {})
  await ended
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

async function main(): Promise<void> {
  console.log(`preset ${PRESET}, ${FIRST} px, batch 16, ${physicalCores()} threads\n`)
  console.log('| round | window images/s | command line images/s |')
  console.log('| ---: | ---: | ---: |')
  const speeds: { window: number; plain: number }[] = []
  for (let round = 1; round <= Number(option('rounds', '2')); round++) {
    const { imagesPerSecond: window } = await withWindow()
    const { imagesPerSecond: plain } = await withoutWindow()
    speeds.push({ window, plain })
    console.log(`| ${round} | ${window.toFixed(1)} | ${plain.toFixed(1)} |`)
  }
  const [window, plain] = [
    median(speeds.map((speed) => speed.window)),
    median(speeds.map((speed) => speed.plain)),
  ]
  const share = ((100 * window) / plain).toFixed(1)
  console.log(
    `| median | ${window.toFixed(1)} | ${plain.toFixed(1)} |\n\nwith the window: ${share} %`,
  )
}

void main()
