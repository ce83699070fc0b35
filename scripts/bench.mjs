// `npm run bench -- [options]`: builds tests/bench/step and runs it beside PyTorch, which gets a virtual
// environment of its own under .cache (about 1 GB, once).
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const cache = join(root, '.cache', 'bench')
const python = join(
  cache,
  'venv',
  process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python',
)
const TORCH = 'torch==2.13.0'

function run(command, args) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

const script = (name) => join(root, 'scripts', name)
run(process.execPath, [script('setup.mjs')])
if (!existsSync(join(cache, 'venv', 'ready'))) {
  console.log(`Getting ${TORCH} for comparison ...`)
  run('python3', ['-m', 'venv', join(cache, 'venv')])
  run(python, ['-m', 'pip', 'install', '--quiet', TORCH, 'numpy'])
  run(python, ['-c', `open(${JSON.stringify(join(cache, 'venv', 'ready'))}, 'w').close()`])
}
for (const entry of ['index', 'worker']) {
  run(process.execPath, [
    script('run.mjs'),
    'vite',
    'build',
    '--configLoader',
    'native',
    '--config',
    'tests/bench/vite.config.mjs',
    '--ssr',
    `tests/bench/step/${entry}.ts`,
    '--outDir',
    join(cache, entry),
    '--logLevel',
    'warn',
  ])
}
run(process.execPath, [
  script('run.mjs'),
  'node',
  join(cache, 'index', 'index.js'),
  join(cache, 'worker', 'worker.js'),
  python,
  join(root, 'tests/bench/step/pytorchStep.py'),
  ...process.argv.slice(2),
])
