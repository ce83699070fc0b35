import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { _electron, type ElectronApplication, type Page } from 'playwright-core'
import { afterEach, beforeEach } from 'vitest'

/** Longest a start of the app may take, in milliseconds. */
const START_TIMEOUT_MS = 90_000

/** A start takes a few seconds, but now and then the debugger's connection to Chromium comes to nothing. */
const FIRST_TRY_MS = 30_000

/** Longest closing may take: the app itself gives a trainer 30 s to save. */
const CLOSE_TIMEOUT_MS = 40_000

/** The real app, running. */
export type RunningApp = {
  electron: ElectronApplication
  page: Page
  /** What the app's processes printed so far, and what its page complained of. */
  log(): string
  /** Errors that the page threw or logged. */
  pageErrors(): readonly string[]
  /** Quits in order and waits for the process to end. */
  close(): Promise<void>
}

/** A folder for runs and datasets, removed by `remove`. */
export function temporaryHome(): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'sprout-electron-'))
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

function fromEnvironment(name: string): string {
  const value = process.env[name]
  if (value === undefined) {
    throw new Error(`${name} is not set: run these tests with "npm test -- electron".`)
  }
  return value
}

/** How the app is started on `home`: the binary, its arguments and environment. */
export function commandOf(home: string, env: Readonly<Record<string, string>> = {}) {
  return {
    executablePath: fromEnvironment('SPROUT_TEST_ELECTRON'),
    args: [
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-gpu',
      // What the page says must not depend on the machine's language.
      '--lang=en-GB',
      fromEnvironment('SPROUT_TEST_APP'),
    ],
    env: { ...(process.env as Record<string, string>), ...env, SPROUT_HOME: home },
  }
}

/** Starts the app on `home`, with `switches` of Chromium's, and waits until its window shows the page. */
export async function launch(
  home: string,
  env: Readonly<Record<string, string>> = {},
  switches: readonly string[] = [],
): Promise<RunningApp> {
  const command = commandOf(home, env)
  const start = (timeout: number) =>
    _electron.launch({ ...command, args: [...switches, ...command.args], timeout })
  const electron = await start(FIRST_TRY_MS).catch((error: unknown) => {
    if (error instanceof Error && error.name === 'TimeoutError') return start(START_TIMEOUT_MS)
    throw error
  })
  const lines: string[] = []
  const errors: string[] = []
  const child = electron.process()
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => lines.push(chunk.toString()))
  }
  try {
    const page = await shownPage(electron, errors)
    return {
      electron,
      page,
      log: () => [...lines, ...errors].join('\n'),
      pageErrors: () => errors,
      close: () => closeInOrder(electron),
    }
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
}

/** The app's page once it is there; `errors` is given what it complains of. */
async function shownPage(electron: ElectronApplication, errors: string[]): Promise<Page> {
  const page = await electron.firstWindow({ timeout: START_TIMEOUT_MS })
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text())
  })
  page.on('pageerror', (error) => errors.push(error.message))
  page.setDefaultTimeout(START_TIMEOUT_MS)
  await page.waitForLoadState('domcontentloaded')
  return page
}

/** Starts the app before each test of a file, on a folder of its own, and closes it afterwards. Answers the running one. */
export function launchForEachTest(): () => RunningApp {
  let home: ReturnType<typeof temporaryHome>
  let running: RunningApp
  beforeEach(async () => {
    home = temporaryHome()
    running = await launch(home.folder)
  })
  afterEach(async () => {
    await running.close()
    home.remove()
  })
  return () => running
}

async function closeInOrder(electron: ElectronApplication): Promise<void> {
  const child = electron.process()
  const ended = new Promise<void>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve()
    else child.once('exit', () => resolve())
  })
  await electron.evaluate(({ app }) => app.quit()).catch(() => {})
  const late = new Promise<'late'>((resolve) => {
    setTimeout(() => resolve('late'), CLOSE_TIMEOUT_MS).unref()
  })
  if ((await Promise.race([ended, late])) === 'late') {
    child.kill('SIGKILL')
    throw new Error(`The app did not close within ${CLOSE_TIMEOUT_MS / 1000} s of being asked to.`)
  }
}
