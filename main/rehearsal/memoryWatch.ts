import { writeFileSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { TOO_MUCH_MEMORY } from './stageJob'

/** Milliseconds between two looks: memory grows by a GiB in less than a second. */
const LOOK_MS = 20

/**
 * Looks after this process' memory from a thread of its own, since a step blocks the main one, and ends the process
 * when it has more than `mostBytes`. Text, not a file: it then needs no place in the build.
 */
const WATCH = `
  const { workerData } = require('node:worker_threads')
  const { writeSync } = require('node:fs')
  setInterval(() => {
    if (process.memoryUsage.rss() <= workerData.mostBytes) return
    writeSync(2, workerData.lastWords + '\\n')
    process.kill(process.pid, 'SIGKILL')
  }, workerData.lookMs)
`

/** Ends this process once it has more than `mostBytes` of memory. The returned function stops looking. */
export function limitMemory(mostBytes: number): () => Promise<unknown> {
  volunteer()
  const workerData = { mostBytes, lastWords: TOO_MUCH_MEMORY, lookMs: LOOK_MS }
  const watch = new Worker(WATCH, { eval: true, workerData })
  watch.unref()
  return () => watch.terminate()
}

/** Should Linux run out of memory all the same, this process goes before any that a person works with. */
function volunteer(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000')
  } catch {
    // Other systems have no such way.
  }
}
