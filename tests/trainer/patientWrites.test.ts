import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { writing } from '../../main/store/database'
import { Control } from '../../main/trainer/control'
import { PatientWrites } from '../../main/trainer/patientWrites'
import type { StorageTrouble } from '../../shared/domain/storageTrouble'

const NEVER_MS = 1_000_000

/** A database that has no room for what is written to it until it is given some. */
function smallDatabase() {
  const connection = new Database(':memory:')
  connection.exec('CREATE TABLE t (data BLOB)')
  connection.pragma('max_page_count = 4')
  const insert = connection.prepare('INSERT INTO t VALUES (zeroblob(100000))')
  return {
    write: () => writing('/x/run.sqlite', 'a tick', () => insert.run().changes),
    makeRoom: () => connection.pragma('max_page_count = 1000'),
  }
}

function listen(writes: PatientWrites): (StorageTrouble | null)[] {
  const told: (StorageTrouble | null)[] = []
  writes.observe((trouble) => told.push(trouble))
  return told
}

test('a write that finds no room waits for a person, is told once, and then is done', async () => {
  const [control, { write, makeRoom }] = [new Control(), smallDatabase()]
  const writes = new PatientWrites(control, { retryMs: NEVER_MS })
  const told = listen(writes)
  const done = writes.do(write)
  await new Promise((resolve) => setImmediate(resolve))
  expect(writes.trouble?.kind).toBe('full')
  expect(writes.trouble?.message).toContain('a tick of /x/run.sqlite could not be stored')
  // Resumed too early.
  control.resume()
  await new Promise((resolve) => setImmediate(resolve))
  expect(told).toHaveLength(1)
  makeRoom()
  control.resume()
  expect(await done).toBe(1)
  expect(told).toEqual([expect.objectContaining({ kind: 'full' }), null])
  expect(writes.trouble).toBeNull()
})

test('what can be mended at once is tried once more, by a write that does not wait as well', async () => {
  const { write, makeRoom } = smallDatabase()
  let mended = 0
  const mend = () => {
    makeRoom()
    return ++mended === 1
  }
  const writes = new PatientWrites(new Control(), { mend, retryMs: NEVER_MS })
  const told = listen(writes)
  expect(await writes.do(write)).toBe(1)
  expect([told, mended]).toEqual([[], 1])
  const full = smallDatabase()
  expect(() => writes.now(full.write)).toThrow('Disk full')
  expect([told, mended]).toEqual([[], 2])
})

test('it tries again by itself', async () => {
  const { write, makeRoom } = smallDatabase()
  const writes = new PatientWrites(new Control(), { retryMs: 5 })
  const done = writes.do(write)
  makeRoom()
  expect(await done).toBe(1)
})

test('once training is to stop it gives up, and what is no matter of storage it throws at once', async () => {
  const [control, { write }] = [new Control(), smallDatabase()]
  const writes = new PatientWrites(control, { retryMs: NEVER_MS })
  const done = writes.do(write)
  control.stop()
  await expect(done).rejects.toThrow('Disk full')
  const bug = () => {
    throw new TypeError('a bug')
  }
  await expect(writes.do(bug)).rejects.toThrow('a bug')
})
