import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { RunSummary } from '../../shared/domain/run'
import type { TrainEvent, TrainEventBody } from '../../shared/domain/trainEvent'
import type { Library, Trainer } from '../../renderer/bridge'
import { CONFIG, mosaic, tick } from '../store/home'
import { RunView } from '../../renderer/state/runView.svelte'

let seq = 0
let tell: (event: TrainEvent) => void
let view: RunView

const event = (body: TrainEventBody): TrainEvent => ({ seq: ++seq, at: seq, body })
beforeEach(async () => {
  vi.useFakeTimers()
  seq = 0
  const library = { client: {} } as Library
  view = new RunView(library, { id: 'a', imagesSeen: 0, config: CONFIG } as RunSummary)
  view.attach({
    client: { trouble: async () => null, eventsAfter: async () => [] },
    listen: (name: string, listener: (event: TrainEvent) => void) => {
      if (name === 'event') tell = listener
      return () => {}
    },
    close: () => {},
  } as unknown as Trainer)
  await vi.advanceTimersByTimeAsync(5000)
})
afterEach(() => {
  view.close()
  vi.useRealTimers()
})

test('ticks change the screen once a second at most, and none is lost', () => {
  tell(event(tick(16)))
  vi.advanceTimersByTime(150)
  expect(view.imagesSeen, 'the first one is shown a moment later').toBe(16)
  for (let images = 32; images <= 160; images += 16) tell(event(tick(images)))
  expect(view.imagesSeen).toBe(16)
  vi.advanceTimersByTime(999)
  expect(view.imagesSeen).toBe(16)
  vi.advanceTimersByTime(1)
  expect(view.imagesSeen).toBe(160)
  expect(view.fold.seq).toBe(10)
  tell(event(tick(176)))
  expect(view.imagesSeen).toBe(160)
  vi.advanceTimersByTime(1000)
  expect(view.imagesSeen).toBe(176)
})

test('a tick waits for the mosaic that comes with it, not for long', () => {
  tell(event(tick(16)))
  vi.advanceTimersByTime(149)
  expect(view.imagesSeen).toBe(0)
  const drawn = mosaic(16, [1])
  tell(event(drawn))
  expect(view.imagesSeen).toBe(16)
  expect(view.fold.mosaic).toEqual(drawn)
})

test('whatever else happens is shown at once, with the ticks before it', () => {
  tell(event(tick(16)))
  tell(event(tick(32)))
  tell(event({ kind: 'state', imagesSeen: 32, state: 'training' }))
  expect(view.imagesSeen).toBe(32)
  expect(view.state).toBe('training')
  expect(view.fold.seq).toBe(3)
})

test('an event that comes twice counts once', () => {
  tell(event(tick(16)))
  const again = event(tick(32))
  tell(again)
  tell(again)
  tell(event({ kind: 'alarm', imagesSeen: 32, alarm: 'diverging' }))
  expect(view.fold.seq).toBe(3)
  expect(view.fold.notable.length).toBe(1)
})
