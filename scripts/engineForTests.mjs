// The TensorFlow engine, which the tests run beside the one that comes with Sprout: installed once, by Sprout itself.
import { join } from 'node:path'
import { mustRun, nodeBinary, root, say } from './project.mjs'
import { ensureSystemPackages } from './systemPackages.mjs'

/** What building the engine's binding and downloading its libraries take. */
const ENGINE_PACKAGES = ['python3-venv', 'g++']

/** Installs the engine where it can be; answers the environment of tests that then must find it. */
export async function engineForTests() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    say('The TensorFlow engine is for 64-bit Linux (x86): its tests are skipped here.')
    return {}
  }
  await ensureSystemPackages(ENGINE_PACKAGES)
  say('Installing the TensorFlow engine unless it is there (274 MB, once) ...')
  const cli = [join(root, 'out/main/cli.cjs'), 'engine']
  const stdio = ['ignore', process.stderr, process.stderr]
  const from = nodeBinary()
  await mustRun('Installing the engine', from, [...cli, 'add', 'tensorflow'], { stdio })
  return { SPROUT_TEST_ENGINES: '1' }
}
