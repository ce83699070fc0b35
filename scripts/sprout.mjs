#!/usr/bin/env node
// npx sprout: the command line without a window, under a Node that is new enough.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { join } from 'node:path'
import { buildWhenStale } from './build.mjs'
import { Problem, nodeBinary, root, start } from './project.mjs'
import { setUp } from './setup.mjs'

/**
 * Ctrl-C reaches a foreground process more than once: from the terminal and from npx. The command line stands in
 * a process group of its own, so that only what is passed on here arrives, and repeats this close are one.
 */
const SAME_SIGNAL_MS = 500

function passOnSignals(child) {
  const last = new Map()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      const now = Date.now()
      if (now - (last.get(signal) ?? -Infinity) >= SAME_SIGNAL_MS) child.kill(signal)
      last.set(signal, now)
    })
  }
}

start(async () => {
  await setUp()
  await buildWhenStale()
  const windows = process.platform === 'win32'
  const args = [join(root, 'out/main/cli.cjs'), ...process.argv.slice(2)]
  const child = spawn(nodeBinary(), args, { stdio: 'inherit', detached: !windows })
  if (!windows) passOnSignals(child)
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(new Problem(`Could not start Node: ${error.message}`)))
    child.on('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal]))
  })
})
