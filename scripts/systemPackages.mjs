// Debian packages that a real window, or the tests, need.
import { existsSync } from 'node:fs'
import { Problem, mustRun, run, say } from './project.mjs'

/** Libraries that Electron links against. */
export const WINDOW_PACKAGES = [
  'libgtk-3-0',
  'libnss3',
  'libnspr4',
  'libasound2',
  'libgbm1',
  'libatk-bridge2.0-0',
  'libatspi2.0-0',
  'libcups2',
  'libdrm2',
  'libxkbcommon0',
  'libxcomposite1',
  'libxdamage1',
  'libxrandr2',
  'libxfixes3',
  'libpango-1.0-0',
  'libcairo2',
  'libdbus-1-3',
  'libgl1',
  'libegl1',
  'libx11-xcb1',
  'libxshmfence1',
]

/** What unpacking the tests' Electron takes. */
export const UNPACK_PACKAGES = ['python3-venv', 'squashfs-tools', 'g++', 'binutils']

/** A display without a screen, and letters to draw on it. */
export const DISPLAY_PACKAGES = ['xvfb', 'xauth', 'fonts-dejavu-core']

/** Where a browser for the window's tests may be; any of them will do. */
const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

const onDebian = () => existsSync('/usr/bin/dpkg-query') && existsSync('/usr/bin/apt-get')

async function isInstalled(name) {
  // Since 2024 some libraries carry a t64 suffix.
  for (const candidate of [name, `${name}t64`]) {
    const query = ['-W', '-f', '${db:Status-Status}', candidate]
    const { code, output } = await run('dpkg-query', query, { capture: true })
    if (code === 0 && output === 'installed') return true
  }
  return false
}

async function nameHere(name) {
  const { code } = await run('apt-cache', ['show', '--quiet=2', `${name}t64`], { capture: true })
  return code === 0 ? `${name}t64` : name
}

/**
 * Installs the Debian packages that are missing when this is Debian and root; otherwise names them. On other
 * systems it trusts that they are there.
 */
export async function ensureSystemPackages(names) {
  if (process.platform !== 'linux' || !onDebian()) return
  const missing = []
  for (const name of names) if (!(await isInstalled(name))) missing.push(name)
  if (missing.length === 0) return
  if (process.getuid() !== 0) {
    throw new Problem(
      `These system packages are missing; install them first:\n  sudo apt-get install ${missing.join(' ')}`,
    )
  }
  say(`Installing system packages: ${missing.join(' ')} ...`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  await mustRun('apt-get update', 'apt-get', ['update'], { capture: true, env })
  const wanted = []
  for (const name of missing) wanted.push(await nameHere(name))
  const install = ['install', '-y', '--no-install-recommends', ...wanted]
  await mustRun('apt-get install', 'apt-get', install, { capture: true, env })
}

/** Installs Debian's Chromium, in which the window's tests run, unless a browser like it is there. */
export async function ensureBrowser() {
  if (!BROWSERS.some((path) => existsSync(path)))
    await ensureSystemPackages(['chromium', 'fonts-dejavu-core'])
}
