import { expect, test } from 'vitest'
import { Trainers, type TrainersState } from '../../main/app/trainers'
import type { WorkerEnd, WorkerProcess } from '../../main/app/workerProcess'

/** Trainers whose workers end when they are told to. */
function queue() {
  const ends = new Map<string, (end: WorkerEnd) => void>()
  const told: TrainersState[] = []
  const start = (runId: string) => {
    const ended = new Promise<WorkerEnd>((resolve) => ends.set(runId, resolve))
    return { ended } as WorkerProcess
  }
  const events = { changed: (state: TrainersState) => told.push(state), started() {}, died() {} }
  return { trainers: new Trainers(start, events), ends, told }
}

test('a run that leaves the queue is not started when its turn would come', async () => {
  const { trainers, ends, told } = queue()
  expect(trainers.train('a')).toBe('started')
  expect(trainers.train('b')).toBe('queued')
  expect(trainers.train('c')).toBe('queued')
  trainers.leaveQueue('b')
  expect(told.at(-1)).toEqual({ training: 'a', queued: ['c'] })
  ends.get('a')!({ orderly: true, message: '' })
  await new Promise((resolve) => setImmediate(resolve))
  expect(trainers.state).toEqual({ training: 'c', queued: [] })
  expect(ends.has('b')).toBe(false)
})

test('leaving the queue does nothing to a run that trains or does not wait', () => {
  const { trainers, told } = queue()
  trainers.train('a')
  const before = told.length
  trainers.leaveQueue('a')
  trainers.leaveQueue('nobody')
  expect(trainers.state).toEqual({ training: 'a', queued: [] })
  expect(told).toHaveLength(before)
})
