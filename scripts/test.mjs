// npm test [-- lint|unit|electron]: sets everything up and checks the project, or one part of it.
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { buildWhenStale } from './build.mjs'
import { withDisplay } from './display.mjs'
import { electronForTests } from './electronForTests.mjs'
import { engineForTests } from './engineForTests.mjs'
import { Problem, root, runTool, say, start } from './project.mjs'
import { setUp } from './setup.mjs'
import { ensureBrowser } from './systemPackages.mjs'

const PARTS = ['lint', 'unit', 'electron']
const results = join(root, 'test-results')

/** Passed and failed so far. */
const count = { passed: 0, failed: 0 }
const failures = []

function note(name, ok) {
  if (ok) count.passed++
  else {
    count.failed++
    failures.push(name)
  }
}

async function step(name, work) {
  say(`\n== ${name}`)
  try {
    note(name, await work())
  } catch (error) {
    say(error instanceof Problem ? error.message : error.stack)
    note(name, false)
  }
}

const tool = (name, ...args) => step(name, async () => (await runTool(name, args)) === 0)

async function lint() {
  await tool('prettier', '--check', '--log-level', 'warn', '.')
  await tool('oxlint', '--deny-warnings')
  await tool('tsc', '--noEmit', '-p', 'tsconfig.json')
  await tool('svelte-check', '--tsconfig', 'tsconfig.json', '--threshold', 'error')
  await tool('depcruise', '--config', '.dependency-cruiser.cjs', 'shared', 'main', 'renderer')
}

/** Runs one project of vitest.config.ts and adds up its tests. */
async function vitest(project, options) {
  say(`\n== ${project} tests`)
  mkdirSync(results, { recursive: true })
  const report = join(results, `${project}.json`)
  rmSync(report, { force: true })
  const args = ['run', '--project', project, '--reporter=default', '--reporter=json']
  const code = await runTool('vitest', [...args, `--outputFile.json=${report}`], options)
  const { numPassedTests, numFailedTests, testResults } = readReport(report)
  count.passed += numPassedTests
  count.failed += numFailedTests
  for (const file of testResults) {
    if (file.status === 'failed') failures.push(file.name.slice(root.length + 1))
  }
  // A file that could not be loaded, or an error outside of any test, fails the run without a failed test.
  if (code !== 0 && numFailedTests === 0) note(`${project} tests`, false)
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, testResults: [] }
  }
}

/** Installs the TensorFlow engine for tests; answers their environment. */
async function engines() {
  let env = {}
  await step('the TensorFlow engine for tests', async () => {
    env = await engineForTests()
    return true
  })
  return env
}

async function electronTests(engineEnv) {
  await step('the Electron for tests', async () => {
    const { binary, app } = await electronForTests()
    await withDisplay((env) =>
      vitest('electron', {
        env: { ...env, ...engineEnv, SPROUT_TEST_ELECTRON: binary, SPROUT_TEST_APP: app },
      }),
    )
    return true
  })
}

start(async () => {
  const part = process.argv[2]
  if (part !== undefined && !PARTS.includes(part)) {
    throw new Problem(`usage: npm test [-- ${PARTS.join('|')}]`)
  }
  const wanted = (name) => part === undefined || part === name
  await setUp()
  await step('build', async () => {
    await buildWhenStale()
    return true
  })
  if (wanted('lint')) await lint()
  const built = !failures.includes('build')
  const engineEnv = built && part !== 'lint' ? await engines() : {}
  if (wanted('unit') && built) {
    await step('the browser for tests', async () => {
      await ensureBrowser()
      return true
    })
    await vitest('unit', { env: { ...process.env, ...engineEnv } })
  }
  if (wanted('electron') && built) await electronTests(engineEnv)
  if (failures.length > 0) say(`\nFailed: ${failures.join(', ')}`)
  process.stdout.write(`\n${count.passed} passed, ${count.failed} failed\n`)
  return count.failed === 0 ? 0 : 1
})
