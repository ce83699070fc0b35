import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses'
import { spawn, type ChildProcess } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer, connect, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { commandOf } from './startApp'

const root = resolve(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'sprout-package-'))
const project = join(folder, 'project')
const installed = join(project, 'dist/linux-unpacked')
const program = join(installed, 'sprout')
/** Long enough for a program to start and do what it should not. */
const A_WHILE_MS = 6000
const children = new Set<ChildProcess>()

/** Packages the built app with the project's own settings, around the Electron of the tests; its modules stay outside. */
beforeAll(async () => {
  const { executablePath, args } = commandOf(folder)
  mkdirSync(project)
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as object
  const bare = { ...manifest, dependencies: {}, devDependencies: {}, optionalDependencies: {} }
  writeFileSync(join(project, 'package.json'), JSON.stringify({ ...bare, author: 'Sprout' }))
  const settings = readFileSync(join(root, 'electron-builder.yml'), 'utf8')
  // A fuse that the older Electron of the tests does not have.
  const known = settings.replace(/^ +grantFileProtocolExtraPrivileges:.*\n/m, '')
  expect(known).not.toBe(settings)
  writeFileSync(join(project, 'electron-builder.yml'), known)
  cpSync(join(root, 'out'), join(project, 'out'), { recursive: true })
  const builder = join(root, 'node_modules/electron-builder/cli.js')
  const electron = [`-c.electronDist=${dirname(executablePath)}`, '-c.electronVersion=22.3.25']
  const { code, output } = await run(process.execPath, [
    builder,
    '--linux',
    'dir',
    '--projectDir',
    project,
    ...electron,
  ])
  expect(code, output).toBe(0)
  symlinkSync(join(args.at(-1)!, 'node_modules'), join(installed, 'resources/node_modules'))
}, 300_000)
afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

function run(
  command: string,
  args: readonly string[],
  { env = {}, ms = 280_000 }: { env?: Record<string, string>; ms?: number } = {},
): Promise<{ code: number | null; output: string }> {
  return new Promise((done) => {
    const child = spawn(command, args, { cwd: folder, env: { ...process.env, ...env } })
    children.add(child)
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
    const timer = setTimeout(() => child.kill('SIGTERM'), ms)
    child.once('close', (code) => {
      clearTimeout(timer)
      children.delete(child)
      done({ code, output })
    })
  })
}

/** Starts the installed app for a while, in a home of its own. */
async function startApp(args: readonly string[], env: Record<string, string> = {}) {
  const home = mkdtempSync(join(folder, 'home-'))
  const own = commandOf(home).args.slice(0, -1)
  const ended = run(program, [...own, ...args], {
    env: { ...env, SPROUT_HOME: home },
    ms: A_WHILE_MS,
  })
  return { home, ended }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  await new Promise((closed) => server.close(closed))
  return port
}

function answers(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => (socket.destroy(), done(true)))
    socket.once('error', () => done(false))
  })
}

test('the fuses are as docs/security.md says', async () => {
  const wire = await getCurrentFuseWire(program)
  const states = Object.fromEntries(
    [
      FuseV1Options.RunAsNode,
      FuseV1Options.EnableNodeOptionsEnvironmentVariable,
      FuseV1Options.EnableNodeCliInspectArguments,
      FuseV1Options.EnableEmbeddedAsarIntegrityValidation,
      FuseV1Options.OnlyLoadAppFromAsar,
    ].map((fuse) => [FuseV1Options[fuse], String.fromCharCode(wire[fuse] as number) === '1']),
  )
  expect(states).toEqual({
    RunAsNode: false,
    EnableNodeOptionsEnvironmentVariable: false,
    EnableNodeCliInspectArguments: false,
    EnableEmbeddedAsarIntegrityValidation: true,
    OnlyLoadAppFromAsar: true,
  })
})

test('the installed app is no Node, takes no options for one, and starts its workers all the same', async () => {
  const mark = join(folder, 'ran')
  const script = join(folder, 'script.js')
  writeFileSync(script, `require('fs').writeFileSync(${JSON.stringify(mark)}, 'x')`)
  const ports = [await freePort(), await freePort()]
  const { home, ended } = await startApp(
    [`--inspect=${ports[0]}`, `--remote-debugging-port=${ports[1]}`],
    { ELECTRON_RUN_AS_NODE: '1', NODE_OPTIONS: `--require ${script}` },
  )
  let open = false
  const timer = setInterval(async () => {
    for (const port of ports) open ||= await answers(port)
  }, 200)
  const { output } = await ended
  clearInterval(timer)
  expect(existsSync(mark)).toBe(false)
  expect(open).toBe(false)
  // The library, which is a worker, has made its catalog.
  expect(existsSync(join(home, 'catalog.sqlite')), output).toBe(true)
}, 60_000)

test('only what is in the archive is run', async () => {
  const mark = join(folder, 'ran beside')
  const resources = join(installed, 'resources')
  renameSync(join(resources, 'app.asar'), join(resources, 'other.asar'))
  mkdirSync(join(resources, 'app'), { recursive: true })
  const manifest = { name: 'x', version: '1.0.0', main: 'main.js' }
  writeFileSync(join(resources, 'app/package.json'), JSON.stringify(manifest))
  writeFileSync(
    join(resources, 'app/main.js'),
    `require('fs').writeFileSync(${JSON.stringify(mark)}, 'x')`,
  )
  const { ended } = await startApp([])
  await ended
  expect(existsSync(mark)).toBe(false)
}, 60_000)
