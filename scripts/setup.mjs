// Brings node_modules in line with package-lock.json.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Problem, mustRun, root, say } from './project.mjs'

function packagesIn(lockfile) {
  return JSON.parse(readFileSync(lockfile, 'utf8')).packages
}

/** Why node_modules has to be installed anew, or null. npm writes its record of it last, so half a one shows. */
function whyStale() {
  const record = join(root, 'node_modules/.package-lock.json')
  if (!existsSync(record)) return 'not there yet'
  const wanted = packagesIn(join(root, 'package-lock.json'))
  const present = packagesIn(record)
  for (const [path, { version, optional }] of Object.entries(wanted)) {
    if (path === '' || (optional && present[path] === undefined)) continue
    if (present[path]?.version !== version) return `${path.replace(/^node_modules\//, '')} changed`
  }
  return null
}

/** Installs the packages when they are missing or not those of the lockfile. */
export async function setUp() {
  if (Number(process.versions.node.split('.')[0]) < 20) {
    throw new Problem(`Sprout needs Node 20 or newer; this is ${process.versions.node}.`)
  }
  const reason = whyStale()
  if (reason === null) return
  say(`Installing packages (${reason}) ...`)
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  await mustRun('Installing packages', npm, ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    shell: process.platform === 'win32',
    stdio: ['ignore', process.stderr, process.stderr],
  })
}
