import fc from 'fast-check'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { DamagedCheckpointError, RunFile } from '../../main/store/runFile'
import { checkpointAt, CONFIG, createRun, mosaic, temporaryHome, tick } from './home'

const home = temporaryHome()
afterAll(home.remove)

/** Flips one bit of the first place in a closed file where `pattern` stands. */
function flipBit(file: string, pattern: Uint8Array, offset = 0): void {
  const bytes = readFileSync(file)
  const at = bytes.indexOf(pattern)
  expect(at).toBeGreaterThan(0)
  bytes[at + offset]! ^= 0x10
  writeFileSync(file, bytes)
}

function floatBytes(...values: number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer)
}

describe('a run file', () => {
  test('says what the run is, before and after it is closed', () => {
    const run = createRun(home, 'a')
    const summary = run.summary()
    expect(summary).toMatchObject({
      id: 'a',
      name: 'Run a',
      state: 'new',
      config: CONFIG,
      imagesSeen: 0,
    })
    expect(summary.mosaicSeq).toBeNull()
    run.setState('failed', 'no memory')
    run.close()
    const again = RunFile.openForReading(home.runFile('a'))
    expect(again.summary()).toMatchObject({
      state: 'failed',
      failure: 'no memory',
      datasetName: 'Emoji',
    })
    expect(() => again.setState('paused')).toThrow(/readonly|query/i)
    again.close()
  })

  test('is not overwritten', () => {
    createRun(home, 'twice').close()
    expect(() => createRun(home, 'twice')).toThrow(home.runFile('twice'))
  })

  test('that is missing is named', () => {
    expect(() => RunFile.openForReading(home.runFile('nope'))).toThrow('There is no run nope')
  })

  test('can be read while it is written', () => {
    const writer = createRun(home, 'shared')
    writer.recordEvent(tick(16))
    const reader = RunFile.openForReading(home.runFile('shared'))
    writer.recordEvent(tick(32))
    expect(reader.eventsAfter(1, 10).map(({ seq }) => seq)).toEqual([2])
    reader.close()
    writer.close()
  })
})

describe('events', () => {
  test('come back in order with their pictures, and the newest mosaic is known', () => {
    const run = createRun(home, 'events')
    run.recordEvent({ kind: 'state', imagesSeen: 0, state: 'training' })
    run.recordEvent(mosaic(0, [1, 2, 3]))
    run.recordEvent(tick(16))
    run.recordEvent(mosaic(16, [4, 5]))
    const events = run.eventsAfter(0, 100)
    expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4])
    expect(events[1]!.body).toEqual(mosaic(0, [1, 2, 3]))
    expect(events[2]!.body).toEqual(tick(16))
    expect(run.eventsAfter(3, 100)).toEqual([events[3]])
    expect(run.summary()).toMatchObject({ imagesSeen: 16, mosaicSeq: 4 })
    expect(run.newestMosaic()).toEqual({ seq: 4, webp: Uint8Array.of(4, 5) })
    run.close()
  })

  test('beyond the limit are thinned evenly, without losing what happens once', () => {
    const run = createRun(home, 'thin')
    run.recordEvent({ kind: 'stage', imagesSeen: 0, stage: 0, resolution: 4, phase: 'stable' })
    for (let i = 1; i <= 1000; i++) {
      run.recordEvent(tick(16 * i))
      if (i % 100 === 0) run.recordEvent(mosaic(16 * i, [i % 256]))
      if (i === 500) run.recordEvent({ kind: 'error', imagesSeen: 8000, message: 'a hiccup' })
    }
    const events = run.eventsAfter(0, 53)
    const of = (kind: string) => events.filter(({ body }) => body.kind === kind)
    expect(events).toHaveLength(53)
    expect([of('stage'), of('error'), of('mosaic'), of('tick')].map((list) => list.length)).toEqual(
      [1, 1, 1, 50],
    )
    expect(of('mosaic')[0]!.body).toEqual(mosaic(16000, [1000 % 256]))
    const images = of('tick').map(({ body }) => (body.kind === 'tick' ? body.imagesSeen : 0))
    expect(images.at(-1)).toBe(16000)
    for (let i = 1; i < images.length; i++) expect(images[i]! - images[i - 1]!).toBe(320)
    expect(run.eventsAfter(0, 2000)).toHaveLength(1012)
    // Too little room even for what always comes.
    expect(run.eventsAfter(0, 1).map(({ body }) => body.kind)).toEqual(['stage', 'error', 'mosaic'])
    run.close()
  })

  test('keep their promises for any history and limit', () => {
    let number = 0
    const kinds = fc.array(fc.constantFrom('tick', 'tick', 'tick', 'mosaic', 'state'), {
      maxLength: 60,
    })
    fc.assert(
      fc.property(kinds, fc.nat(40), fc.nat(20), (history, limit, after) => {
        const run = createRun(home, `any-${number++}`)
        history.forEach((kind, i) => {
          if (kind === 'tick') run.recordEvent(tick(16 * i))
          if (kind === 'mosaic') run.recordEvent(mosaic(16 * i, [i]))
          if (kind === 'state') run.recordEvent({ kind, imagesSeen: 16 * i, state: 'training' })
        })
        const expected = history.map((kind, i) => ({ kind, seq: i + 1 })).slice(after)
        const events = run.eventsAfter(after, limit)
        run.close()
        const seqs = events.map(({ seq }) => seq)
        expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b))
        for (const { seq, body } of events) expect(body.kind).toBe(history[seq - 1])
        const essential = expected.filter(({ kind }) => kind === 'state')
        const newest = expected.filter(({ kind }) => kind === 'mosaic').slice(-1)
        for (const { seq } of [...essential, ...newest]) expect(seqs).toContain(seq)
        if (expected.length <= limit) expect(events).toHaveLength(expected.length)
        else
          expect(events.length).toBeLessThanOrEqual(
            Math.max(limit, essential.length + newest.length),
          )
      }),
      { numRuns: 25 },
    )
  })

  test('past the place where training goes on are shown no more, and no number comes twice', () => {
    const run = createRun(home, 'rewind')
    run.recordEvent({ kind: 'stage', imagesSeen: 0, stage: 0, resolution: 4, phase: 'stable' })
    run.recordEvent(mosaic(0, [0]))
    run.recordEvent(tick(16))
    const checkpoint = run.saveCheckpoint(checkpointAt(16))
    run.recordEvent({ kind: 'checkpoint', checkpoint })
    run.recordEvent(tick(32))
    run.recordEvent(mosaic(32, [32]))
    run.recordEvent({ kind: 'stage', imagesSeen: 32, stage: 1, resolution: 8, phase: 'fade' })
    run.recordEvent({ kind: 'state', imagesSeen: 32, state: 'failed' })
    run.truncateAfter(16)
    expect(run.summary()).toMatchObject({ imagesSeen: 16, mosaicSeq: 2 })
    expect(run.eventsAfter(0, 100).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 8])
    expect(run.recordEvent(tick(32)).seq).toBe(9)
    run.truncateAfter(0)
    expect(run.eventsAfter(0, 100).map(({ seq }) => seq)).toEqual([1, 8])
    run.close()
  })

  test('tell of a stage once, also where training goes on from its very beginning', () => {
    const run = createRun(home, 'stage')
    run.saveCheckpoint(checkpointAt(32, 'stage-end'))
    expect(run.hasStageAt(32)).toBe(false)
    run.recordEvent({ kind: 'stage', imagesSeen: 32, stage: 1, resolution: 8, phase: 'fade' })
    run.recordEvent(tick(48))
    run.truncateAfter(32)
    expect(run.hasStageAt(32)).toBe(true)
    run.truncateAfter(16)
    expect(run.hasStageAt(32)).toBe(false)
    run.close()
  })

  test('keep an interim mosaic only until the next', () => {
    const run = createRun(home, 'interim')
    const interim = { ...mosaic(16, [1]), interim: true }
    for (const event of [mosaic(0, [0]), interim, { ...interim, imagesSeen: 32 }]) {
      run.recordEvent(event)
    }
    expect(run.eventsAfter(0, 100).map(({ seq }) => seq)).toEqual([1, 3])
    run.recordEvent(mosaic(48, [2]))
    run.recordEvent(mosaic(64, [3]))
    expect(run.eventsAfter(0, 100).map(({ seq }) => seq)).toEqual([1, 4, 5])
    run.close()
  })

  test('tell how much memory each resolution took', () => {
    const run = createRun(home, 'memory')
    run.recordEvent(tick(16))
    expect(run.peakMemory()).toEqual([])
    run.recordEvent({ ...tick(32), peakMemoryBytes: 500 })
    run.recordEvent({ ...tick(48), peakMemoryBytes: 400 })
    run.recordEvent({ ...tick(64), resolution: 8, peakMemoryBytes: 900 })
    expect(run.peakMemory()).toEqual([
      { resolution: 4, bytes: 500 },
      { resolution: 8, bytes: 900 },
    ])
    run.close()
  })
})

describe('checkpoints', () => {
  test('give back the very bits, whatever the values and shapes', () => {
    const run = createRun(home, 'bits')
    const tensor = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }).chain((shape) => {
      const size = shape.reduce((product, side) => product * side, 1)
      return fc
        .array(fc.integer({ min: 0, max: 0xffffffff }), { minLength: size, maxLength: size })
        .map((bits) => ({ shape, values: new Float32Array(Uint32Array.from(bits).buffer) }))
    })
    fc.assert(
      fc.property(fc.dictionary(fc.string(), tensor, { maxKeys: 4 }), (tensors) => {
        const saved = new Map(Object.entries(tensors))
        const { id } = run.saveCheckpoint({
          kind: 'regular',
          imagesSeen: 1,
          step: 1,
          tensors: saved,
        })
        const loaded = run.loadCheckpoint(id)
        expect([...loaded.tensors.keys()]).toEqual([...saved.keys()])
        for (const [name, { shape, values }] of saved) {
          const { shape: loadedShape, values: loadedValues } = loaded.tensors.get(name)!
          expect(loadedShape).toEqual(shape)
          expect(Buffer.from(loadedValues.buffer)).toEqual(Buffer.from(values.buffer))
        }
      }),
      { numRuns: 60 },
    )
    run.close()
  })

  test('take a view into a larger array for what it shows', () => {
    const run = createRun(home, 'view')
    const values = Float32Array.of(1, 2, 3, 4).subarray(1, 3)
    const { id } = run.saveCheckpoint({
      kind: 'final',
      imagesSeen: 0,
      step: 0,
      tensors: new Map([['t', { shape: [2], values }]]),
    })
    expect(run.loadCheckpoint(id).tensors.get('t')!.values).toEqual(Float32Array.of(2, 3))
    run.close()
  })

  test('refuse values that do not fill their shape, and then save nothing', () => {
    const run = createRun(home, 'shape')
    const tensors = new Map([['t', { shape: [3], values: Float32Array.of(1, 2) }]])
    const save = () => run.saveCheckpoint({ kind: 'regular', imagesSeen: 0, step: 0, tensors })
    expect(save).toThrow('Tensor t has 2 values')
    expect(run.checkpoints()).toEqual([])
    run.close()
  })

  test('are kept by kind: the last three regular ones and all others', () => {
    const run = createRun(home, 'kept')
    run.saveCheckpoint(checkpointAt(16, 'stage-end'))
    for (let i = 2; i <= 6; i++) run.saveCheckpoint(checkpointAt(16 * i))
    run.saveCheckpoint(checkpointAt(112, 'final'))
    expect(run.checkpoints().map((c) => [c.imagesSeen, c.kind])).toEqual([
      [16, 'stage-end'],
      [64, 'regular'],
      [80, 'regular'],
      [96, 'regular'],
      [112, 'final'],
    ])
    run.close()
  })

  test('with a flipped bit are named and passed over', () => {
    const file = home.runFile('flipped')
    const run = createRun(home, 'flipped')
    const good = run.saveCheckpoint(checkpointAt(1024))
    const bad = run.saveCheckpoint(checkpointAt(2048))
    run.close()
    flipBit(file, floatBytes(2048, 2048 + 1 / 7), 5)

    const damaged = RunFile.openForWriting(file)
    const report = damaged.verify()
    expect(report.runId).toBe('flipped')
    expect(report.checkpoints.map(({ info }) => info)).toEqual([good, bad])
    expect(report.checkpoints[0]!.problems).toEqual([])
    expect(report.checkpoints[1]!.problems).toEqual([
      `Tensor generator/dense/weight of checkpoint ${bad.id} (2048 images) is damaged: its bytes do not match their checksum.`,
    ])
    expect(() => damaged.loadCheckpoint(bad.id)).toThrow(DamagedCheckpointError)
    const { checkpoint, problems } = damaged.loadNewestGoodCheckpoint()
    expect(checkpoint!.info).toEqual(good)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(file)
    expect(problems[0]).toContain('generator/dense/weight')
    // Saving goes on, and deletes good checkpoints only.
    for (let i = 3; i <= 7; i++) damaged.saveCheckpoint(checkpointAt(1024 * i))
    expect(damaged.checkpoints().map(({ imagesSeen }) => imagesSeen)).toEqual([
      2048, 5120, 6144, 7168,
    ])
    damaged.close()
  })

  test('with a broken chain of pages are found as well', () => {
    const file = home.runFile('chain')
    const run = createRun(home, 'chain')
    run.saveCheckpoint(checkpointAt(1024))
    run.saveCheckpoint(checkpointAt(2048))
    run.close()
    // A large value spans pages, each begun by the next one's number.
    const bytes = readFileSync(file)
    const page =
      Math.ceil(bytes.indexOf(floatBytes(2048 + 3000 / 7, 2048 + 3001 / 7)) / 4096) * 4096
    bytes.writeUInt32BE(0xffffff, page)
    writeFileSync(file, bytes)
    const damaged = RunFile.openForReading(file)
    const report = damaged.verify()
    expect(report.fileIntact).toBe(false)
    expect(report.checkpoints[1]!.problems.join()).toContain(
      'generator/dense/weight of checkpoint 2',
    )
    expect(damaged.loadNewestGoodCheckpoint().checkpoint!.info.imagesSeen).toBe(1024)
    damaged.close()
  })

  test('of which none is good leave nothing to go on from', () => {
    const run = createRun(home, 'none')
    expect(run.loadNewestGoodCheckpoint()).toEqual({ checkpoint: null, problems: [] })
    run.close()
  })
})

test('a file of format 1, as the first version wrote it, reads as it did', () => {
  const path = home.runFile('run-format-1')
  copyFileSync(join(__dirname, 'files/run-format-1.sqlite'), path)
  const run = RunFile.openForReading(path)
  expect(run.summary()).toMatchObject({
    id: 'run-format-1',
    state: 'paused',
    imagesSeen: 16,
    config: { preset: 'tiny', channels: 3, loss: 'wgan-gp' },
  })
  expect(run.eventsAfter(0, 10).map(({ body }) => body.kind)).toEqual([
    'state',
    'mosaic',
    'tick',
    'checkpoint',
  ])
  const { checkpoint, problems } = run.loadNewestGoodCheckpoint()
  expect(problems).toEqual([])
  expect(checkpoint!.info).toMatchObject({ kind: 'stage-end', imagesSeen: 16, step: 1 })
  expect(checkpoint!.tensors.get('average/toRgb4/weight')).toEqual({
    shape: [2, 3],
    values: Float32Array.of(1, -2, 0.5, 0, -0, 1e-40),
  })
  run.close()
})
