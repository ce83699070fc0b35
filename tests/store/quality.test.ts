import Database from 'better-sqlite3'
import fc from 'fast-check'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Resolution } from '../../shared/domain/resolution'
import { RUN_FILE } from '../../main/store/fileKinds'
import { RunFile } from '../../main/store/runFile'
import { checkpointAt, createRun, newRun, temporaryHome, tick } from './home'

const home = temporaryHome()
afterAll(home.remove)

function save(run: RunFile, images: number, resolution: Resolution = 4, candidate = false): number {
  return run.saveCheckpoint({ ...checkpointAt(images), resolution, candidate }).id
}

const imagesOf = (run: RunFile) => run.checkpoints().map(({ imagesSeen }) => imagesSeen)

describe('the best checkpoint', () => {
  test('is kept however many come after it, until another is better', () => {
    const run = createRun(home, 'best')
    const first = save(run, 16)
    expect(run.qualities.record(first, 0.2)?.body).toEqual({
      kind: 'quality',
      imagesSeen: 16,
      resolution: 4,
      distance: 0.2,
      best: true,
    })
    for (let i = 2; i <= 6; i++) {
      const event = run.qualities.record(save(run, 16 * i), 10 + i)
      expect(event?.body).toMatchObject({ best: false })
    }
    expect(imagesOf(run)).toEqual([16, 64, 80, 96])
    expect(run.storedCheckpoints().map(({ quality, best }) => [quality, best])).toEqual([
      [0.2, true],
      [14, false],
      [15, false],
      [16, false],
    ])
    run.qualities.record(save(run, 112), 0.1)
    expect(imagesOf(run)).toEqual([80, 96, 112])
    run.close()
  })

  test('is one of each resolution, and the run’s is that of the largest', () => {
    const run = createRun(home, 'stages')
    expect(run.summary().quality).toBeNull()
    run.qualities.record(save(run, 16, 4), 0.05)
    run.qualities.record(save(run, 32, 8), 0.3)
    run.qualities.record(save(run, 48, 8), 0.2)
    for (let i = 4; i <= 8; i++) run.qualities.record(save(run, 16 * i, 8), 0.4)
    expect(imagesOf(run)).toEqual([16, 48, 96, 112, 128])
    expect(run.summary().quality).toEqual({ imagesSeen: 48, resolution: 8, distance: 0.2 })
    run.close()
    const again = RunFile.openForReading(home.runFile('stages'))
    expect(again.summary().quality).toEqual({ imagesSeen: 48, resolution: 8, distance: 0.2 })
    again.close()
  })

  test('is among those that are there, whatever is saved and measured in which order', () => {
    let number = 0
    const saved = fc.record({
      measured: fc.option(fc.integer({ min: 1, max: 20 })),
      late: fc.boolean(),
      resolution: fc.constantFrom(4 as const, 8 as const),
    })
    fc.assert(
      fc.property(fc.array(saved, { maxLength: 12 }), (history) => {
        const run = createRun(home, `any-${number++}`)
        const known = new Map<Resolution, number>()
        const waiting: (() => void)[] = []
        history.forEach(({ measured, late, resolution }, i) => {
          const id = save(run, 16 * (i + 1), resolution)
          if (measured === null) return
          run.qualities.hold(id)
          const measure = () => {
            known.set(resolution, Math.min(known.get(resolution) ?? Infinity, measured))
            expect(run.qualities.record(id, measured)).not.toBeNull()
          }
          if (late) waiting.push(measure)
          else measure()
        })
        waiting.forEach((measure) => measure())
        const best = run.storedCheckpoints().filter((checkpoint) => checkpoint.best)
        expect(best.map(({ quality }) => quality).sort()).toEqual([...known.values()].sort())
        expect(imagesOf(run).slice(-3)).toEqual(history.map((_, i) => 16 * (i + 1)).slice(-3))
        run.close()
      }),
      { numRuns: 30 },
    )
  })
})

describe('a checkpoint that is being measured', () => {
  test('is kept until it is, and no longer when it was given up', () => {
    const run = createRun(home, 'held')
    const [one, other] = [save(run, 16), save(run, 32)]
    run.qualities.hold(one)
    run.qualities.hold(other)
    for (let i = 3; i <= 6; i++) save(run, 16 * i)
    expect(imagesOf(run)).toEqual([16, 32, 64, 80, 96])
    run.qualities.release(other)
    run.qualities.record(one, 0.5)
    expect(imagesOf(run)).toEqual([16, 64, 80, 96])
    expect(run.qualities.record(other, 0.1)).toBeNull()
    run.close()
  })

  test('does not take the run back to its images when it is known', () => {
    const run = createRun(home, 'late')
    const id = save(run, 16)
    run.recordEvent(tick(64))
    const { imagesSeen, lastActivityAt } = run.summary()
    run.qualities.record(id, 0.5)
    expect(run.summary()).toMatchObject({ imagesSeen, lastActivityAt })
    expect(run.qualities.history()).toMatchObject([
      { imagesSeen: 16, resolution: 4, distance: 0.5 },
    ])
    run.close()
  })
})

test('candidates are kept until they are measured, then the best of them', () => {
  const run = createRun(home, 'candidates')
  const ids = [16, 32, 48].map((images) => save(run, images, 4, true))
  for (let i = 4; i <= 8; i++) run.qualities.record(save(run, 16 * i), 0.01)
  expect(imagesOf(run)).toEqual([16, 32, 48, 96, 112, 128])
  expect(run.qualities.candidates(4)).toEqual({ unmeasured: ids, measured: [] })
  run.qualities.record(ids[1]!, 0.2)
  run.qualities.record(ids[0]!, 0.3)
  run.qualities.record(ids[2]!, 0.2)
  // Of equals the newest.
  expect(run.qualities.candidates(4)).toEqual({ unmeasured: [], measured: [ids[2]] })
  expect(imagesOf(run)).toEqual([48, 96, 112, 128])
  run.close()
})

test('a resume and a rewind take back what was measured later', () => {
  const run = createRun(home, 'back')
  const early = save(run, 16)
  run.qualities.record(early, 0.2)
  run.qualities.record(save(run, 32), 0.1)
  run.truncateAfter(16)
  expect(run.qualities.history().map(({ imagesSeen }) => imagesSeen)).toEqual([16])
  run.rewindTo(early)
  expect(run.summary().quality).toMatchObject({ distance: 0.2 })
  run.close()
})

test('a branch has the quality of its checkpoint and the history until then', () => {
  const run = createRun(home, 'parent')
  run.qualities.record(save(run, 16), 0.3)
  const id = save(run, 32, 4, true)
  run.qualities.record(id, 0.2)
  run.qualities.record(save(run, 48), 0.1)
  const branch = RunFile.createBranch(
    home.runFile('branch'),
    newRun('branch'),
    run,
    run.loadCheckpoint(id),
  )
  expect(branch.qualities.history().map(({ distance }) => distance)).toEqual([0.3, 0.2])
  expect(branch.summary().quality).toEqual({ imagesSeen: 32, resolution: 4, distance: 0.2 })
  expect(branch.qualities.candidates(4).measured).toHaveLength(1)
  branch.close()
  run.close()
})

describe('a file of an older format', () => {
  test('1 opens without qualities, and gets them', () => {
    const path = home.runFile('run-format-1')
    copyFileSync(join(__dirname, 'files/run-format-1.sqlite'), path)
    const run = RunFile.openForWriting(path)
    expect(run.config).toMatchObject({ qualitySamples: 256, stageStart: 'last' })
    expect(run.storedCheckpoints()).toMatchObject([{ quality: null, best: false }])
    // Nobody knows its layers.
    expect(run.qualities.record(run.checkpoints()[0]!.id, 0.1)).toBeNull()
    expect(run.summary().quality).toBeNull()
    run.qualities.record(save(run, 1_000_000), 0.1)
    expect(run.summary().quality).toMatchObject({ distance: 0.1 })
    run.close()
  })

  test('4 opens with its checkpoints as they were', () => {
    const path = home.runFile('format-4')
    const old = new Database(path)
    old.pragma(`application_id = ${RUN_FILE.applicationId}`)
    for (const sql of RUN_FILE.migrations.slice(0, 4)) old.exec(sql)
    old.pragma('user_version = 4')
    const { id, name, config, dataset } = newRun('format-4')
    const { qualitySamples: _, stageStart: __, ...before } = config
    old
      .prepare(
        `INSERT INTO run (only_row, id, name, config, dataset_id, dataset_name, dataset_source, state, images_seen,
           created_at, last_activity_at) VALUES (1, ?, ?, ?, ?, ?, ?, 'paused', 16, 0, 0)`,
      )
      .run(
        id,
        name,
        JSON.stringify(before),
        dataset.id,
        dataset.name,
        JSON.stringify(dataset.source),
      )
    old.exec(
      `INSERT INTO checkpoints (images_seen, step, kind, created_at, tensor_count, pinned)
       VALUES (16, 1, 'regular', 0, 0, 1)`,
    )
    old.close()
    const run = RunFile.openForWriting(path)
    expect(run.config).toEqual(config)
    expect(run.storedCheckpoints()).toMatchObject([
      { imagesSeen: 16, pinned: true, quality: null, best: false },
    ])
    run.close()
  })
})
