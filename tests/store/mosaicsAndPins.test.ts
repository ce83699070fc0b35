import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { RunFile } from '../../main/store/runFile'
import { checkpointAt, createRun, mosaic, temporaryHome, tick } from './home'

const home = temporaryHome()
afterAll(home.remove)

describe('a run’s mosaics', () => {
  test('are listed without pictures, oldest first, and give their picture by number', () => {
    const run = createRun(home, 'listed')
    run.recordEvent(mosaic(0, [1]))
    run.recordEvent(tick(16))
    run.recordEvent({ ...mosaic(32, [2]), interim: true })
    run.recordEvent(mosaic(48, [3]))
    const list = run.mosaics()
    expect(list.map(({ seq, imagesSeen }) => [seq, imagesSeen])).toEqual([
      [1, 0],
      [4, 48],
    ])
    expect(list[1]).toMatchObject({ resolution: 4, alpha: 1, columns: 2, rows: 1, interim: false })
    expect(list[1]!.at).toBeGreaterThan(1e12)
    expect([1, 2, 3, 4].map((seq) => run.mosaicPicture(seq)?.[0] ?? null)).toEqual([
      1,
      null,
      null,
      3,
    ])
    run.close()
  })

  test('that a resume made void are left out', () => {
    const run = createRun(home, 'void')
    for (const images of [0, 32, 64]) run.recordEvent(mosaic(images, [images]))
    run.truncateAfter(32)
    run.recordEvent(mosaic(64, [9]))
    expect(run.mosaics().map(({ seq }) => seq)).toEqual([1, 2, 4])
    run.close()
  })
})

describe('a pinned checkpoint', () => {
  test('is never thinned out, and goes with the others of its age once it is not', () => {
    const run = createRun(home, 'pinned')
    const first = run.saveCheckpoint(checkpointAt(16))
    run.pinCheckpoint(first.id, true)
    for (let i = 2; i <= 6; i++) run.saveCheckpoint(checkpointAt(16 * i))
    const stored = run.storedCheckpoints()
    expect(stored.map(({ imagesSeen, pinned }) => [imagesSeen, pinned])).toEqual([
      [16, true],
      [64, false],
      [80, false],
      [96, false],
    ])
    expect(stored[0]).toMatchObject({ kind: 'regular', bytes: 4 * 6001 })
    expect(run.loadCheckpoint(first.id).tensors.size).toBe(2)
    run.pinCheckpoint(first.id, false)
    run.saveCheckpoint(checkpointAt(112))
    expect(run.checkpoints().map(({ imagesSeen }) => imagesSeen)).toEqual([80, 96, 112])
    run.close()
  })

  test('that is one of the last three takes no other’s place', () => {
    const run = createRun(home, 'newest-pinned')
    for (let i = 1; i <= 3; i++) run.saveCheckpoint(checkpointAt(16 * i))
    run.pinCheckpoint(run.checkpoints()[1]!.id, true)
    run.saveCheckpoint(checkpointAt(64))
    run.saveCheckpoint(checkpointAt(80))
    expect(run.checkpoints().map(({ imagesSeen }) => imagesSeen)).toEqual([32, 48, 64, 80])
    run.close()
  })

  test('that is gone cannot be pinned, and says so', () => {
    const run = createRun(home, 'gone')
    expect(() => run.pinCheckpoint(7, true)).toThrow(/no checkpoint 7 any more/)
    run.close()
  })
})

test('checkpoints of a file of format 1 are not pinned, and can be', () => {
  const path = home.runFile('run-format-1')
  copyFileSync(join(__dirname, 'files/run-format-1.sqlite'), path)
  const run = RunFile.openForWriting(path)
  const [checkpoint] = run.storedCheckpoints()
  expect(checkpoint!.pinned).toBe(false)
  run.pinCheckpoint(checkpoint!.id, true)
  expect(run.storedCheckpoints()[0]!.pinned).toBe(true)
  expect(run.mosaics()).toHaveLength(1)
  run.close()
})
