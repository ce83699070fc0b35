// Holds a lock as `runLock.ts` does, in a process of its own, until it is killed.
import Database from 'better-sqlite3'

const connection = new Database(process.argv[2])
connection.exec('BEGIN EXCLUSIVE')
process.stdout.write('locked\n')
setInterval(() => connection.inTransaction, 1000)
