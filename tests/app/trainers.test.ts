import { expect, test } from 'vitest'
import { Trainers, type TrainersState } from '../../main/app/trainers'
import type { WorkerEnd, WorkerProcess } from '../../main/app/workerProcess'

const ORDERLY: WorkerEnd = { orderly: true, message: '', crashed: false, lastWords: '' }
const CRASH: WorkerEnd = { orderly: false, message: 'It died.', crashed: true, lastWords: '' }

/** Trainers whose workers end when they are told to. */
function queue() {
  const ends = new Map<string, (end: WorkerEnd) => void>()
  const told: TrainersState[] = []
  const start = (runId: string) => {
    const ended = new Promise<WorkerEnd>((resolve) => ends.set(runId, resolve))
    return { ended } as WorkerProcess
  }
  const deaths: number[] = []
  const events = {
    changed: (state: TrainersState) => told.push(state),
    started() {},
    died: (_runId: string, _end: WorkerEnd, crashes: readonly unknown[]) =>
      void deaths.push(crashes.length),
  }
  return { trainers: new Trainers(start, events), ends, told, deaths }
}

test('a run that leaves the queue is not started when its turn would come', async () => {
  const { trainers, ends, told } = queue()
  expect(trainers.train('a')).toBe('started')
  expect(trainers.train('b')).toBe('queued')
  expect(trainers.train('c')).toBe('queued')
  trainers.leaveQueue('b')
  expect(told.at(-1)).toEqual({ training: 'a', queued: ['c'] })
  ends.get('a')!(ORDERLY)
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

test('crashes of a run are counted until it ends in order; a failure that it told of is none', async () => {
  const { trainers, ends, deaths } = queue()
  const failure: WorkerEnd = { ...CRASH, crashed: false }
  for (const end of [CRASH, CRASH, failure, CRASH, ORDERLY, CRASH]) {
    trainers.train('a')
    ends.get('a')!(end)
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(deaths).toEqual([1, 2, 0, 3, 1])
})
