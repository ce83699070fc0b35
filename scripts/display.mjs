// A display without a screen (Xvfb) for as long as something needs it.
import { spawn } from 'node:child_process'
import { Problem } from './project.mjs'
import { DISPLAY_PACKAGES, ensureSystemPackages } from './systemPackages.mjs'

const START_TIMEOUT_MS = 20_000

/** Starts Xvfb on a free display and calls `work` with an environment that points there. */
export async function withDisplay(work) {
  await ensureSystemPackages(DISPLAY_PACKAGES)
  const server = spawn(
    'Xvfb',
    ['-displayfd', '3', '-screen', '0', '1600x1000x24', '-nolisten', 'tcp'],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] },
  )
  try {
    const number = await new Promise((resolve, reject) => {
      const fail = (why) => reject(new Problem(`Could not start Xvfb: ${why}`))
      const timer = setTimeout(() => fail('it said nothing'), START_TIMEOUT_MS)
      server.on('error', (error) => fail(error.message))
      server.on('exit', (code) => fail(`it ended with code ${code}`))
      server.stdio[3].once('data', (data) => {
        clearTimeout(timer)
        resolve(String(data).trim())
      })
    })
    return await work({ ...process.env, DISPLAY: `:${number}` })
  } finally {
    server.removeAllListeners('exit')
    server.kill()
  }
}
