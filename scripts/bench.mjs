// npm run bench [-- options]: times the training step beside PyTorch's, which gets a virtual environment of its
// own in the cache folder (about 1 GB, once). Options are those of tests/bench/step/index.ts.
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder, mustRun, nodeBinary, root, run, runTool, say, start } from './project.mjs'
import { setUp } from './setup.mjs'

const TORCH = 'torch==2.13.0'
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

async function build(entry) {
  const source = `tests/bench/step/${entry}.ts`
  const outDir = join(built, entry)
  const options = ['--config', 'tests/bench/vite.config.mjs', '--logLevel', 'warn']
  await runTool('vite', ['build', ...options, '--ssr', source, '--outDir', outDir])
  return join(outDir, `${entry}.js`)
}

start(async () => {
  await setUp()
  const python = await pythonWithTorch()
  const index = await build('index')
  const worker = await build('worker')
  const twin = join(root, 'tests/bench/step/pytorchStep.py')
  return (await run(nodeBinary(), [index, worker, python, twin, ...process.argv.slice(2)])).code
})
