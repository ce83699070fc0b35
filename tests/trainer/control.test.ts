import { expect, test } from 'vitest'
import { Control } from '../../main/trainer/control'

test('a pause interrupts the steps at hand, and resuming gives a fresh signal', () => {
  const control = new Control()
  const { signal } = control
  expect(signal.aborted).toBe(false)
  control.pause()
  expect(signal.aborted).toBe(true)
  expect(control.wish).toBe('pause')
  control.resume()
  expect(control.signal.aborted).toBe(false)
  expect(control.wish).toBe('train')
})

test('nothing takes back a stop', () => {
  const control = new Control()
  control.stop()
  control.resume()
  control.pause()
  expect(control.wish).toBe('stop')
  expect(control.signal.aborted).toBe(true)
})

test('a wish for a checkpoint interrupts once and is taken once', () => {
  const control = new Control()
  control.wantCheckpoint()
  expect(control.signal.aborted).toBe(true)
  expect(control.takeCheckpointWish()).toBe(true)
  expect(control.takeCheckpointWish()).toBe(false)
  expect(control.signal.aborted).toBe(false)
})

test('a wish for a checkpoint while paused does not end the pause', () => {
  const control = new Control()
  control.pause()
  control.wantCheckpoint()
  expect(control.takeCheckpointWish()).toBe(true)
  expect(control.wish).toBe('pause')
  expect(control.signal.aborted).toBe(true)
})

test('a paused loop wakes at the next command', async () => {
  const control = new Control()
  control.pause()
  const woken = control.nextCommand()
  control.resume()
  await woken
})
