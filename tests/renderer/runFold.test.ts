import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EMPTY_FOLD, foldEvents, MAX_NOTABLE, type RunFold } from '../../renderer/state/runFold'
import { wholeRun } from '../../renderer/state/curves'
import type { Tick, TrainEvent, TrainEventBody } from '../../shared/domain/trainEvent'
import { tickAt } from '../tick'

function tick(imagesSeen: number, more: Partial<Tick> = {}): Tick {
  const told = { generatorLoss: imagesSeen, discriminatorLoss: -1, imagesPerSecond: 100 }
  return tickAt(imagesSeen, { ...told, ...more })
}

function inOrder(bodies: TrainEventBody[]): TrainEvent[] {
  return bodies.map((body, i) => ({ seq: i + 1, at: 1000 + i, body }))
}

const story = inOrder([
  { kind: 'stage', imagesSeen: 0, stage: 0, resolution: 4, phase: 'stable' },
  { kind: 'state', imagesSeen: 0, state: 'preparing' },
  { kind: 'state', imagesSeen: 0, state: 'training' },
  tick(256),
  {
    kind: 'mosaic',
    imagesSeen: 256,
    resolution: 4,
    alpha: 1,
    columns: 1,
    rows: 1,
    webp: new Uint8Array([1]),
  },
  tick(512, { resolution: 8, phase: 'fade', alpha: 0.5, imagesPerSecond: 40 }),
  {
    kind: 'checkpoint',
    checkpoint: { id: 1, imagesSeen: 512, step: 32, kind: 'regular', createdAt: 5 },
  },
  { kind: 'error', imagesSeen: 512, message: 'The disk is full.' },
  { kind: 'state', imagesSeen: 512, state: 'failed' },
])

describe('a run as a fold over its events', () => {
  test('shows the newest of everything', () => {
    const fold = foldEvents(EMPTY_FOLD, story)
    expect(fold).toMatchObject({
      seq: 9,
      activity: 'failed',
      imagesSeen: 512,
      failure: 'The disk is full.',
    })
    expect(fold.tick?.alpha).toBe(0.5)
    expect(fold.mosaic?.imagesSeen).toBe(256)
    expect(wholeRun(fold.curves).map(({ toImages }) => toImages)).toEqual([256, 512])
    expect(Object.fromEntries(fold.speeds)).toEqual({ 4: 100, 8: 40 })
    expect(fold.notable.map(({ seq }) => seq)).toEqual([9, 8, 7, 3, 2, 1])
  })

  test('gathers qualities, notes new bests, and takes both back with what led to them', () => {
    const quality = (imagesSeen: number, best: boolean) =>
      ({ kind: 'quality', imagesSeen, resolution: 4, distance: 0.1, best }) as const
    const events = inOrder([
      tick(512),
      quality(256, true),
      tick(768),
      quality(768, false),
      tick(1024),
    ])
    const fold = foldEvents(EMPTY_FOLD, events)
    expect(fold.imagesSeen).toBe(1024)
    expect(fold.qualities.map(({ imagesSeen }) => imagesSeen)).toEqual([256, 768])
    expect(fold.notable.map(({ body }) => body.kind)).toEqual(['quality'])
    const back = foldEvents(fold, [
      { seq: 6, at: 2000, body: { kind: 'state', imagesSeen: 512, state: 'preparing' } },
    ])
    expect(back.qualities.map(({ imagesSeen }) => imagesSeen)).toEqual([256])
  })

  test('forgets a failure once the run trains again', () => {
    const again: TrainEvent = {
      seq: 10,
      at: 9,
      body: { kind: 'state', imagesSeen: 512, state: 'training' },
    }
    expect(foldEvents(EMPTY_FOLD, [...story, again]).failure).toBeNull()
  })

  test('takes back what is trained again after a crash', () => {
    const events = inOrder([
      { kind: 'stage', imagesSeen: 0, stage: 0, resolution: 4, phase: 'stable' },
      tick(256),
      tick(512),
      { kind: 'stage', imagesSeen: 512, stage: 1, resolution: 8, phase: 'fade' },
      tick(768),
      { kind: 'state', imagesSeen: 512, state: 'preparing' },
    ])
    const fold = foldEvents(EMPTY_FOLD, events)
    expect(fold.imagesSeen).toBe(512)
    expect(wholeRun(fold.curves).map(({ toImages }) => toImages)).toEqual([256, 512])
    expect(fold.notable.map(({ seq }) => seq)).toEqual([6, 4, 1])
  })

  test('is the same however stored and live events overlap', () => {
    const whole = foldEvents(EMPTY_FOLD, story)
    fc.assert(
      fc.property(fc.nat(story.length), fc.nat(story.length), (stored, liveFrom) => {
        fc.pre(liveFrom <= stored)
        const replayed = foldEvents(EMPTY_FOLD, story.slice(0, stored))
        expect(foldEvents(replayed, story.slice(liveFrom))).toEqual(whole)
      }),
    )
  })

  test('smooths the speed', () => {
    const ticks = inOrder([tick(256), tick(512, { imagesPerSecond: 200 })])
    expect(foldEvents(EMPTY_FOLD, ticks).speeds.get(4)).toBe(125)
    const stalled = inOrder([tick(256), tick(512, { imagesPerSecond: 0 })])
    expect(foldEvents(EMPTY_FOLD, stalled).speeds.get(4)).toBe(100)
  })

  test('lists a bounded number of events, newest first', () => {
    const states = inOrder(
      Array.from(
        { length: 300 },
        () => ({ kind: 'state', imagesSeen: 0, state: 'paused' }) as const,
      ),
    )
    const { notable }: RunFold = foldEvents(EMPTY_FOLD, states)
    expect(notable).toHaveLength(MAX_NOTABLE)
    expect(notable[0]!.seq).toBe(300)
  })

  test('keeps what is rare however much there is of something else', () => {
    const note = { kind: 'note', imagesSeen: 0, text: 'The eyes look right.' } as const
    const many = Array.from(
      { length: 300 },
      () => ({ kind: 'state', imagesSeen: 0, state: 'paused' }) as const,
    )
    const { notable } = foldEvents(EMPTY_FOLD, inOrder([note, ...many]))
    expect(notable.at(-1)!.body).toEqual(note)
    expect(notable).toHaveLength(MAX_NOTABLE + 1)
  })
})
