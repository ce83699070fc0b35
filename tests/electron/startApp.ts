import { _electron, type ElectronApplication } from 'playwright-core'

/** Longest a start of the app may take, in milliseconds. */
export const START_TIMEOUT_MS = 90_000

/** A start takes a few seconds, but now and then the debugger's connection to Chromium comes to nothing. */
const FIRST_TRY_MS = 30_000

/** Longest closing may take: the app itself gives a trainer 30 s to save. */
const CLOSE_TIMEOUT_MS = 40_000

function fromEnvironment(name: string): string {
  const value = process.env[name]
  if (value === undefined) {
    throw new Error(
      `${name} is not set: run this by "npm test -- electron", "npm run bench" or "npm run soak".`,
    )
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

/** Starts the app on `home`, with `switches` of Chromium's; once more where the first try does not connect. */
export async function startApp(
  home: string,
  env: Readonly<Record<string, string>> = {},
  switches: readonly string[] = [],
): Promise<ElectronApplication> {
  const command = commandOf(home, env)
  const start = (timeout: number) =>
    _electron.launch({ ...command, args: [...switches, ...command.args], timeout })
  return start(FIRST_TRY_MS).catch((error: unknown) => {
    if (error instanceof Error && error.name === 'TimeoutError') return start(START_TIMEOUT_MS)
    throw error
  })
}

/** Asks the app to quit and waits for its end. */
export async function quitApp(electron: ElectronApplication): Promise<void> {
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
