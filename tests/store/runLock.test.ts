import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { isRunLocked, tryLockRun } from '../../main/store/runLock'
import { tended } from '../tended'
import { temporaryHome } from './home'

const home = temporaryHome()
afterAll(home.remove)

test('a lock is held once, and seen from this process too', () => {
  const file = home.lockFile('a')
  expect(isRunLocked(file)).toBe(false)
  const lock = tryLockRun(file)!
  expect(isRunLocked(file)).toBe(true)
  expect(tryLockRun(file)).toBeNull()
  expect(isRunLocked(file)).toBe(true)
  lock.release()
  expect(isRunLocked(file)).toBe(false)
  tryLockRun(file)!.release()
})

test('a killed process lets go of its lock', async () => {
  const file = home.lockFile('b')
  const child = tended(spawn(process.execPath, [join(__dirname, 'holdLock.mjs'), file]))
  await once(child.stdout, 'data')
  expect(isRunLocked(file)).toBe(true)
  expect(tryLockRun(file)).toBeNull()
  child.kill('SIGKILL')
  await once(child, 'close')
  expect(isRunLocked(file)).toBe(false)
  tryLockRun(file)!.release()
})
