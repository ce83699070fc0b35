// npm run soak [-- FILE...]: long runs that watch memory, many kills, and much hostile input (tests/soak); minutes, so
// not part of npm test.
import { buildWhenStale } from './build.mjs'
import { withDisplay } from './display.mjs'
import { electronForTests } from './electronForTests.mjs'
import { Problem, runTool, say, start } from './project.mjs'
import { setUp } from './setup.mjs'

/** The one that needs the real app. */
const WINDOW = 'tests/soak/window.test.ts'

const wanted = process.argv.slice(2)
const soak = (env) => runTool('vitest', ['run', '--project', 'soak', ...wanted], { env })

/** Runs with the real app in reach; where there is none, what needs it is skipped. */
async function soakWithWindow() {
  let electron
  try {
    electron = await electronForTests()
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    say(error.message)
    return soak(process.env)
  }
  const { binary, app } = electron
  return withDisplay((env) => soak({ ...env, SPROUT_TEST_ELECTRON: binary, SPROUT_TEST_APP: app }))
}

start(async () => {
  await setUp()
  await buildWhenStale()
  const needsWindow = wanted.length === 0 || wanted.some((file) => WINDOW.includes(file))
  return needsWindow ? soakWithWindow() : soak(process.env)
})
