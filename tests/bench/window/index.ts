import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { _electron, type ElectronApplication } from 'playwright-core'
import { physicalCores } from '../../../main/runtime/devices'
import type { Resolution } from '../../../shared/domain/resolution'
import { median } from '../median'
import { timeLoop, trainArguments } from '../trainLoop'
import { cpuByKind } from './cpuByKind'
import { speedOnFile } from './speedOnFile'

/**
 * What the open window costs: images/s of a run whose screen is open, with its charts and samples in sight, beside
 * `sprout resume` of the same run, by turns: A B A B, each started anew. Needs a display. Linux only.
 *
 * usage: window [--size 16] [--rounds 3] [--checkpoints 1]
 */
const option = (name: string, fallback: string) => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? fallback : process.argv[at + 1]!
}
const PRESET = 'small'
const SIZE = Number(option('size', '16')) as Resolution
const CHECKPOINTS = Number(option('checkpoints', '1'))
const CLI = join(process.cwd(), 'out/main/cli.cjs')
const START_TIMEOUT_MS = 120_000

/** `cpu`: seconds of CPU time a second, by the kind of process. */
type Speed = { readonly imagesPerSecond: number; readonly cpu: ReadonlyMap<string, number> }

function fromEnvironment(name: string): string {
  const value = process.env[name]
  if (value === undefined) throw new Error(`${name} is not set: run "npm run bench -- --window".`)
  return value
}

async function withoutWindow(home: string, runId: string): Promise<Speed> {
  const args = [CLI, 'resume', runId, '--home', home, '--json']
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  const gone = once(child, 'exit')
  try {
    return await speedOf(home, runId, child.pid!)
  } finally {
    child.kill('SIGKILL')
    await gone
  }
}

async function withWindow(home: string, runId: string): Promise<Speed> {
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
    await page.getByTestId(`run-card-${runId}`).click()
    // As a person looks at it: samples above, charts below.
    await page.getByTestId('chart').waitFor()
    await page.getByTestId('resume').click()
    await page.locator('[data-testid="run-state"][data-state="training"]').waitFor()
    return await speedOf(home, runId, electron.process().pid!)
  } finally {
    await quit(electron)
  }
}

async function speedOf(home: string, runId: string, pid: number): Promise<Speed> {
  const { imagesPerSecond, seconds, cpu } = await speedOnFile({
    home,
    runId,
    checkpoints: CHECKPOINTS,
    gauge: () => cpuByKind(pid),
  })
  return {
    imagesPerSecond,
    cpu: new Map(
      [...cpu.to].map(([kind, to]) => [kind, (to - (cpu.from.get(kind) ?? 0)) / seconds]),
    ),
  }
}

async function quit(electron: ElectronApplication): Promise<void> {
  const child = electron.process()
  const gone = once(child, 'exit')
  await electron.evaluate(({ app }) => app.quit()).catch(() => {})
  await gone
}

function inWords(cpu: ReadonlyMap<string, number>): string {
  return [...cpu].map(([kind, share]) => `${kind} ${share.toFixed(3)}`).join(', ')
}

async function main(): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'sprout-window-'))
  try {
    const { runId } = await timeLoop(trainArguments(SIZE, home, PRESET), SIZE, 1)
    console.log(`preset ${PRESET}, ${SIZE} px, batch 16, wgan-gp, ${physicalCores()} threads\n`)
    console.log('| window images/s | command line images/s | cores taken with the window |')
    console.log('| ---: | ---: | --- |')
    const speeds: { window: number; plain: number }[] = []
    for (let round = 1; round <= Number(option('rounds', '3')); round++) {
      const { imagesPerSecond: window, cpu } = await withWindow(home, runId)
      const { imagesPerSecond: plain } = await withoutWindow(home, runId)
      speeds.push({ window, plain })
      console.log(`| ${window.toFixed(1)} | ${plain.toFixed(1)} | ${inWords(cpu)} |`)
    }
    const window = median(speeds.map((speed) => speed.window))
    const plain = median(speeds.map((speed) => speed.plain))
    const share = ((100 * window) / plain).toFixed(1)
    console.log(`\nmedians: ${window.toFixed(1)} of ${plain.toFixed(1)} images/s, ${share} %`)
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

void main()
