import { copyFileSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import { RunFile } from '../../main/store/runFile'
import { createRun, temporaryHome, tick } from './home'

const home = temporaryHome()
afterAll(() => home.remove())

test('favourites are kept in the order in which they were added, by seed and class, once', () => {
  const run = createRun(home, 'marked')
  const add = (seed: number, className: string | null) =>
    run.favourites.set({ seed, className }, true)
  add(2 ** 40, null)
  add(3, 'cats')
  add(3, 'dogs')
  add(3, 'cats')
  run.favourites.set({ seed: 3, className: 'dogs' }, false)
  run.favourites.set({ seed: 8, className: null }, false)
  run.close()
  const again = RunFile.openForReading(home.runFile('marked'))
  const found = again.favourites.list()
  expect(found.map(({ seed, className }) => [seed, className])).toEqual(
    expect.arrayContaining([
      [2 ** 40, null],
      [3, 'cats'],
    ]),
  )
  expect(found).toHaveLength(2)
  expect(() => again.favourites.set({ seed: 1, className: null }, true)).toThrow(/readonly/)
  again.close()
})

test('they are marked while another connection trains', () => {
  const trained = createRun(home, 'trained')
  const marking = RunFile.openForWriting(home.runFile('trained'))
  trained.recordEvent(tick(16))
  marking.favourites.set({ seed: 5, className: null }, true)
  trained.recordEvent(tick(32))
  expect(trained.favourites.list()).toMatchObject([{ seed: 5 }])
  expect([...trained.ticks()].map(({ tick: { imagesSeen } }) => imagesSeen)).toEqual([16, 32])
  marking.close()
  trained.close()
})

test('a run of the first format gets room for them', () => {
  const path = home.runFile('run-format-1')
  copyFileSync('tests/store/files/run-format-1.sqlite', path)
  const run = RunFile.openForWriting(path)
  expect(run.favourites.list()).toEqual([])
  run.favourites.set({ seed: 1, className: null }, true)
  expect(run.favourites.list()).toHaveLength(1)
  run.close()
})
