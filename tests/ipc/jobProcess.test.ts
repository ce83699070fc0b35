import type * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { forkedJobs } from '../../main/ipc/forkedJobs'
import type { StartJob } from '../../main/ipc/jobProcess'
import { relayedJobs, serveRelayedJobs } from '../../main/ipc/relayedJobs'
import type { JobHost, JobLimits } from '../../shared/jobs'
import { bundle } from './bundle'
import { doubleJob, endJob } from './testJobs'

const TIMEOUT_MS = 60_000

let program: Awaited<ReturnType<typeof bundle>>
let jobs: JobHost

beforeAll(async () => {
  program = await bundle('tests/ipc/jobEntry.ts')
  jobs = forkedJobs(program.file)
}, TIMEOUT_MS)
afterAll(() => program.remove())

/** True while a process of this id is there. */
function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Runs the job that ends in this way, in a process that is gone by then; answers its outcome. */
async function endIn(
  how: v.InferInput<typeof endJob.input>['how'],
  { onStart, ...options }: JobLimits & { signal?: AbortSignal; onStart?: () => void } = {},
) {
  let pid = 0
  const onProgress = (progress: { pid: number }) => {
    pid = progress.pid
    onStart?.()
  }
  const outcome = await jobs.run(endJob, { how }, { ...options, onProgress })
  expect(pid).not.toBe(process.pid)
  expect(pid > 0 && lives(pid)).toBe(false)
  return outcome
}

describe('a job in a process of its own', { timeout: TIMEOUT_MS }, () => {
  test('answers with its result, arrays of numbers included, and tells its progress in order', async () => {
    const seen: number[] = []
    const outcome = await jobs.run(
      doubleJob,
      { numbers: Float32Array.of(1.5, -2) },
      { onProgress: ({ done }) => seen.push(done), env: { SPROUT_TEST_WORD: 'heard' } },
    )
    const result = { numbers: Float32Array.of(3, -4), variable: 'heard' }
    expect(outcome).toEqual({ kind: 'done', result })
    expect(seen).toEqual([1, 2])
  })

  test('refuses an input that breaks the schema before anything starts', async () => {
    const numbers = [1] as unknown as Float32Array<ArrayBuffer>
    await expect(jobs.run(doubleJob, { numbers })).rejects.toThrow(/Float32Array/)
  })

  test('says what was thrown', async () => {
    expect(await endIn('throw')).toEqual({ kind: 'failed', message: 'the work went wrong' })
  })

  test('that breaks its own schema has failed', async () => {
    const outcome = await endIn('odd result')
    expect(outcome.kind).toBe('failed')
  })

  test('whose process is killed has crashed, with the last words', async () => {
    const outcome = await endIn('kill itself')
    expect(outcome).toMatchObject({ kind: 'crashed', signal: 'SIGKILL', exitCode: null })
    expect(outcome).toHaveProperty('message', expect.stringContaining('the driver fell over'))
  })

  test('whose process leaves early has crashed', async () => {
    expect(await endIn('exit')).toMatchObject({ kind: 'crashed', exitCode: 3, signal: null })
  })

  test('that never comes back hangs, after the time limit or after silence', async () => {
    expect((await endIn('spin', { timeLimitMs: 3000 })).kind).toBe('hung')
    expect((await endIn('spin', { silenceLimitMs: 3000 })).kind).toBe('hung')
  })

  test('stops when cancelled, the hard way when it does not listen', async () => {
    for (const how of ['wait', 'wait deaf', 'done all the same', 'spin'] as const) {
      const abort = new AbortController()
      const onStart = () => setTimeout(() => abort.abort(), 100)
      expect((await endIn(how, { signal: abort.signal, onStart })).kind).toBe('cancelled')
    }
    expect((await jobs.run(endJob, { how: 'spin' }, { signal: AbortSignal.abort() })).kind).toBe(
      'cancelled',
    )
  })

  test('of a kind that the program does not offer has failed', async () => {
    const outcome = await jobs.run({ ...endJob, kind: 'unheard of' }, { how: 'exit' })
    expect(outcome).toMatchObject({ kind: 'failed', message: /unheard of/ })
  })

  test('of a file that is not there has crashed', async () => {
    const outcome = await forkedJobs('/nowhere/job.cjs').run(endJob, { how: 'exit' })
    expect(outcome).toMatchObject({ kind: 'crashed', exitCode: 1 })
  })
})

describe('jobs by way of another process', { timeout: TIMEOUT_MS }, () => {
  /** A worker and main joined by two queues, with the real way of running jobs behind. */
  function joined() {
    const start: StartJob = (kind, input, options) =>
      kind === doubleJob.kind
        ? jobs.run(doubleJob, input as never, options)
        : jobs.run(endJob, input as never, options)
    let toWorker: (data: unknown) => void = () => undefined
    const worker = {
      postMessage: (data: unknown) => void setImmediate(() => toWorker(structuredClone(data))),
    }
    const relay = serveRelayedJobs(worker, start)
    const host = relayedJobs({
      postMessage: (data) => void setImmediate(() => relay.accept(structuredClone(data))),
      listen: (listener) => (toWorker = listener),
    })
    return { host, relay }
  }

  test('answer, with progress, several at once', async () => {
    const { host } = joined()
    const outcomes = await Promise.all(
      [1, 2].map(async (n) => {
        const seen: number[] = []
        const onProgress = ({ done }: { done: number }) => seen.push(done)
        const outcome = await host.run(
          doubleJob,
          { numbers: Float32Array.of(n) },
          { onProgress, env: { SPROUT_TEST_WORD: `${n}` } },
        )
        expect(seen).toEqual([1, 2])
        return outcome
      }),
    )
    expect(outcomes).toEqual(
      [1, 2].map((n) => ({
        kind: 'done',
        result: { numbers: Float32Array.of(2 * n), variable: `${n}` },
      })),
    )
  })

  test('can be cancelled, and crash', async () => {
    const { host } = joined()
    const abort = new AbortController()
    const onProgress = () => abort.abort()
    const cancelled = await host.run(endJob, { how: 'wait' }, { signal: abort.signal, onProgress })
    expect(cancelled.kind).toBe('cancelled')
    expect((await host.run(endJob, { how: 'kill itself' })).kind).toBe('crashed')
  })

  test('end when whoever asked is gone', async () => {
    const { host, relay } = joined()
    const pid = await new Promise<number>((resolve) => {
      void host.run(
        endJob,
        { how: 'wait deaf' },
        { onProgress: ({ pid }) => resolve(pid), timeLimitMs: 30_000 },
      )
    })
    relay.stop()
    await expect.poll(() => lives(pid), { timeout: 20_000 }).toBe(false)
  })
})
