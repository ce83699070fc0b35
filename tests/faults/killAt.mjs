// Loaded before a program (node --import): ends its own process with SIGKILL at a chosen moment of its work with files,
// in the middle of what it does. SPROUT_TEST_KILL says which: {"at": pattern, "nth": count, "when": "before"|"after"}.
// What is matched is an SQL statement with its text values, or `rename` and the new path.
import Database from 'better-sqlite3'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const { at, nth, when } = JSON.parse(process.env.SPROUT_TEST_KILL)
const pattern = new RegExp(at)
let seen = 0

function around(text, work) {
  if (!pattern.test(text) || ++seen !== nth) return work()
  if (when === 'after') work()
  process.kill(process.pid, 'SIGKILL')
  // The signal is there before the next line of this thread; this is for the compiler of one's thoughts alone.
  return undefined
}

const { exec } = Database.prototype
Database.prototype.exec = function (sql) {
  return around(sql, () => exec.call(this, sql))
}

const some = new Database(':memory:')
const Statement = Object.getPrototypeOf(some.prepare('SELECT 1'))
some.close()
const { run } = Statement
Statement.run = function (...values) {
  const words = values.flatMap((value) =>
    typeof value === 'string'
      ? [value]
      : Object.values(value?.constructor === Object ? value : {}).filter(
          (each) => typeof each === 'string',
        ),
  )
  return around([this.source, ...words].join(' '), () => run.apply(this, values))
}

const { renameSync } = fs
fs.renameSync = (from, to) => around(`rename ${to}`, () => renameSync(from, to))
const { rename } = fs.promises
fs.promises.rename = (from, to) => around(`rename ${to}`, () => rename(from, to))
syncBuiltinESMExports()
