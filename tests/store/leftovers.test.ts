import { spawnSync } from 'node:child_process'
import { existsSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openHome } from '../../main/store/home'
import { temporaryHome } from './home'

const home = temporaryHome()
afterAll(home.remove)

test('what killed processes left half-made goes, once it is old; all else stays', () => {
  const { pid: gone } = spawnSync(process.execPath, ['-e', ''])
  const old = new Date(Date.now() - 3_600_000)
  const put = (name: string, at: Date) => {
    const file = join(home.runsFolder, name)
    writeFileSync(file, 'x')
    utimesSync(file, at, at)
    return file
  }
  const abandoned = [
    `a.sqlite.${gone}.new`,
    `a.sqlite.${gone}.new-wal`,
    `.import-${gone}-0aa0-11`,
    `b.sqlite.${gone}.part-journal`,
    `kernels.json.${gone}-1f2e.tmp`,
  ].map((name) => put(name, old))
  const others = [
    put(`c.sqlite.${gone}.new`, new Date()),
    put(`d.sqlite.${process.pid}.new`, old),
    put('e.sqlite', old),
    put(`f.${gone}.sqlite`, old),
    put('g.sqlite.damaged', old),
    put('h.new', old),
  ]
  openHome(home.folder)
  expect(abandoned.filter((file) => existsSync(file))).toEqual([])
  expect(others.filter((file) => !existsSync(file))).toEqual([])
})
