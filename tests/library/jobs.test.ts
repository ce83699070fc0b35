import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { JobProgress } from '../../shared/protocol/library'
import { Jobs, type Report } from '../../main/library/jobs'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** What is told of a job that does `work` to its end. */
async function toldOf(work: (report: Report) => void): Promise<JobProgress[]> {
  const told: JobProgress[] = []
  let ended: () => void
  const end = new Promise<void>((resolve) => (ended = resolve))
  const jobs = new Jobs((progress) => {
    told.push(progress)
    if (progress.status.kind !== 'running') ended()
  })
  jobs.start(async (report) => {
    work(report)
    return 'result'
  })
  await end
  return told
}

function secondsLeft(told: readonly JobProgress[]): (number | null)[] {
  return told.flatMap(({ status }) => (status.kind === 'running' ? [status.secondsLeft] : []))
}

/** Reports `each` more pieces every second for some seconds. */
function work(report: Report, total: number | null, each: number, seconds: number, from = 0): void {
  for (let second = 0; second <= seconds; second++) {
    report('piece', from + second * each, total)
    vi.advanceTimersByTime(1000)
  }
}

test('time left follows from the speed since the first report', async () => {
  const told = await toldOf((report) => {
    vi.advanceTimersByTime(60_000)
    // Half of it was there from an earlier attempt.
    work(report, 100, 10, 5, 50)
  })
  expect(secondsLeft(told)).toEqual([null, 4, 3, 2, 1, 0])
  expect(told.at(-1)!.status).toEqual({ kind: 'done', result: 'result' })
  expect(told.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7])
})

test('a second phase with another total is measured by itself', async () => {
  const told = await toldOf((report) => {
    work(report, null, 500, 2)
    work(report, 100, 50, 2)
    work(report, 40, 1, 3)
  })
  expect(secondsLeft(told)).toEqual([null, null, null, null, 1, 0, null, 39, 38, 37])
})

test('reports that come fast are thinned out, but for the last', async () => {
  const told = await toldOf((report) => {
    for (let done = 0; done <= 1000; done++) {
      report('piece', done, 1000)
      vi.advanceTimersByTime(1)
    }
  })
  const done = told.flatMap(({ status }) => (status.kind === 'running' ? [status.done] : []))
  expect(done).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000])
})

test('work that throws before it waits for anything fails its job, and nothing else', async () => {
  const end = new Promise<JobProgress['status']>((resolve) => {
    const jobs = new Jobs(({ status }) => resolve(status))
    jobs.start(() => {
      throw new Error('There is no such run.')
    })
  })
  expect(await end).toEqual({ kind: 'failed', message: 'There is no such run.' })
})
