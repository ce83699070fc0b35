// npm run soak: long runs that watch memory, and much hostile input (tests/soak); minutes, so not part of npm test.
import { buildWhenStale } from './build.mjs'
import { runTool, start } from './project.mjs'
import { setUp } from './setup.mjs'

start(async () => {
  await setUp()
  await buildWhenStale()
  return runTool('vitest', ['run', '--project', 'soak', ...process.argv.slice(2)])
})
