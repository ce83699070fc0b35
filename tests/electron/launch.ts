import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ElectronApplication, Page } from 'playwright-core'
import { afterEach, beforeEach } from 'vitest'
import { quitApp, startApp, START_TIMEOUT_MS } from './startApp'

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

/** Starts the app on `home`, with `switches` of Chromium's, and waits until its window shows the page. */
export async function launch(
  home: string,
  env: Readonly<Record<string, string>> = {},
  switches: readonly string[] = [],
): Promise<RunningApp> {
  const electron = await startApp(home, env, switches)
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
      close: () => quitApp(electron),
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
