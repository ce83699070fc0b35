// npm run bench [-- options]: times the training step beside PyTorch's, which gets a virtual environment of its
// own in the cache folder (about 1 GB, once). Options are those of tests/bench/step/index.ts. With one of ALONE's
// options first, that measurement alone; with --ablation SIZE LOSS PRESET, what each optimisation gives.
import { existsSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { buildWhenStale } from './build.mjs'
import { withDisplay } from './display.mjs'
import { electronForTests } from './electronForTests.mjs'
import { cacheFolder, mustRun, nodeBinary, root, run, runTool, say, start } from './project.mjs'
import { setUp } from './setup.mjs'
import { VARIANTS } from '../tests/bench/ablation/variants.mjs'

const TORCH = 'torch==2.13.0'
/** Measurements without PyTorch, by their option: the program, below tests/bench. */
const ALONE = {
  '--profile': 'step/profile',
  '--overhead': 'overhead/index',
  '--memory': 'memory/index',
  '--data': 'data/index',
  '--scrub': 'scrub/index',
  '--history': 'history/index',
}
const built = join(root, '.cache', 'bench')

async function pythonWithTorch() {
  const folder = join(cacheFolder, 'bench-pytorch')
  const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')
  const ready = join(folder, 'ready')
  if (existsSync(ready)) return python
  say(`Getting ${TORCH} to compare with ...`)
  const options = { capture: true }
  await mustRun('Making a Python environment', 'python3', ['-m', 'venv', folder], options)
  await mustRun(
    'Getting PyTorch',
    python,
    ['-m', 'pip', 'install', '--quiet', TORCH, 'numpy'],
    options,
  )
  writeFileSync(ready, '')
  return python
}

async function build(entry, to = entry, env = process.env) {
  const source = `tests/bench/${entry}.ts`
  const outDir = join(built, to)
  const options = ['--config', 'tests/bench/vite.config.mjs', '--logLevel', 'warn']
  await runTool('vite', ['build', ...options, '--ssr', source, '--outDir', outDir], { env })
  return join(outDir, `${basename(entry)}.js`)
}

/** The step's worker with all optimisations and without each, after its name. */
async function ablations() {
  const pairs = []
  for (const [i, { name }] of VARIANTS.entries()) {
    const env = { ...process.env, SPROUT_BENCH_WITHOUT: name }
    pairs.push(name, await build('step/worker', `ablation/${i}`, env))
  }
  return pairs
}

/** A measurement of the real app in a window. */
async function inWindow(entry, rest) {
  const index = await build(entry)
  const { binary, app } = await electronForTests()
  return withDisplay(async (env) => {
    const told = { ...env, SPROUT_TEST_ELECTRON: binary, SPROUT_TEST_APP: app }
    return (await run(nodeBinary(), [index, ...rest], { env: told })).code
  })
}

start(async () => {
  await setUp()
  const [option, ...rest] = process.argv.slice(2)
  const alone = ALONE[option]
  // These use the built command line, or the built reader.
  if (['--overhead', '--data', '--scrub', '--history'].includes(option)) await buildWhenStale()
  if (option === '--scrub' || option === '--history') return inWindow(alone, rest)
  if (alone !== undefined) return (await run(nodeBinary(), [await build(alone), ...rest])).code
  if (option === '--ablation') {
    const [size = '16', loss = 'wgan-gp', preset = 'small'] = rest
    const index = await build('ablation/index')
    const args = [index, size, loss, preset, ...(await ablations())]
    return (await run(nodeBinary(), args)).code
  }
  const python = await pythonWithTorch()
  const index = await build('step/index')
  const worker = await build('step/worker')
  const twin = join(root, 'tests/bench/step/pytorchStep.py')
  return (await run(nodeBinary(), [index, worker, python, twin, ...process.argv.slice(2)])).code
})
