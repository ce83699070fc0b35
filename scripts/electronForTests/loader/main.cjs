'use strict'
// Stands where Electron keeps its own start-up app: `electron [flags] FOLDER` runs the app in FOLDER.
const { app } = require('electron')
const { readFileSync } = require('node:fs')
const { createRequire } = require('node:module')
const { join, resolve } = require('node:path')

/** Electron's own preloads (`-r FILE`) run before the app; Playwright attaches that way. */
function parseArguments(args) {
  const preloads = []
  for (let i = 0; i < args.length; i++) {
    if (args[i] === '-r' || args[i] === '--require') preloads.push(args[++i])
    else if (!args[i].startsWith('-')) return { preloads, folder: resolve(args[i]) }
  }
  return { preloads, folder: null }
}

const { preloads, folder } = parseArguments(process.argv.slice(1))
if (folder === null) {
  process.stderr.write('usage: electron [flags] FOLDER\n')
  process.exit(2)
}
const manifestFile = join(folder, 'package.json')
const manifest = JSON.parse(readFileSync(manifestFile, 'utf8'))
const requireFromApp = createRequire(manifestFile)
for (const file of preloads) requireFromApp(file)
Object.defineProperty(process, 'defaultApp', { value: true, enumerable: true })
app.setVersion(manifest.version)
app.name = manifest.productName
app.setAppPath(folder)
requireFromApp(join(folder, manifest.main))
