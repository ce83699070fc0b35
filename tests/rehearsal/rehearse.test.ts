import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Rehearsal } from '../../shared/domain/rehearsal'
import { trainConfigFor } from '../../shared/domain/presets'
import { forkedJobs } from '../../main/ipc/forkedJobs'
import { estimateRehearsal, rehearse } from '../../main/rehearsal/rehearse'
import { openHome, type Home } from '../../main/store/home'
import type { JobHost } from '../../shared/jobs'
import { bundle } from '../ipc/bundle'

const TIMEOUT_MS = 180_000
const MIB = 2 ** 20
const root = mkdtempSync(join(tmpdir(), 'sprout-rehearsal-'))
let program: Awaited<ReturnType<typeof bundle>>
let jobs: JobHost
let home: Home
let homes = 0

const config = trainConfigFor({
  seed: 1,
  channels: 3,
  preset: 'tiny',
  firstResolution: 4,
  finalResolution: 16,
})
const question = { config, pictures: 100 }

beforeAll(async () => {
  program = await bundle('main/jobs/entry.ts')
  jobs = forkedJobs(program.file)
}, TIMEOUT_MS)
afterAll(() => {
  program.remove()
  rmSync(root, { recursive: true, force: true })
})

function newHome(): Home {
  return (home = openHome(join(root, `${homes++}`)))
}

/** Ids of processes that this one started and that still live. */
function children(): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(program.file)
    } catch {
      return false
    }
  })
}

describe('a real rehearsal', { timeout: TIMEOUT_MS }, () => {
  test('measures each stage in a process of its own, and remembers', async () => {
    newHome()
    const reports: Rehearsal[] = []
    const onProgress = (report: Rehearsal) => reports.push(report)
    const rehearsal = await rehearse(home, jobs, question, { onProgress })
    expect(rehearsal.stages.map(({ basis }) => basis)).toEqual(['measured', 'measured', 'measured'])
    expect(rehearsal.fits).toBe(true)
    expect(rehearsal.largestFitting).toBe(16)
    const [first, , last] = rehearsal.stages
    expect(first!.imagesPerSecond!).toBeGreaterThan(last!.imagesPerSecond!)
    for (const { memoryBytes, seconds } of rehearsal.stages) {
      expect(memoryBytes).toBeGreaterThan(60 * MIB)
      expect(memoryBytes).toBeLessThan(2000 * MIB)
      expect(seconds).toBeGreaterThan(0)
    }
    expect(reports.map(({ measuring }) => measuring)).toEqual([0, 1, 2, null])
    expect(reports.at(-1)).toEqual(rehearsal)

    const refusing: JobHost = { run: () => Promise.reject(new Error('Nothing is to be measured.')) }
    const again = await rehearse(home, refusing, question)
    expect(again.stages).toEqual(rehearsal.stages)
    expect(estimateRehearsal(home, question).stages).toEqual(rehearsal.stages)
    await expect(rehearse(home, refusing, question, { again: true })).rejects.toThrow(/Nothing/)
    // Anything else in the cache's place costs time, and no more.
    writeFileSync(join(home.folder, 'rehearsals.sqlite'), 'not a database')
    expect(estimateRehearsal(home, question).seconds).toBeNull()
  })

  test('that runs into its memory limit is an answer: it needs more than that', async () => {
    newHome()
    // Above what is reckoned for 8 px, so that it is tried, and below what the process has once it runs.
    const one = trainConfigFor({ ...config, firstResolution: 4, finalResolution: 4 })
    const starved: JobHost = {
      run: (spec, input, options) =>
        jobs.run(spec, { ...(input as object), mostBytes: 100 * MIB } as never, options),
    }
    const asked = { config: one, pictures: null }
    const room = { memoryBytes: 600 * MIB }
    const rehearsal = await rehearse(home, starved, asked, { room })
    expect(rehearsal.stages[0]!.basis).toBe('estimated')
    expect(rehearsal.stages[0]!.memoryBytes).toBeGreaterThanOrEqual(600 * MIB)
    expect(children()).toEqual([])
    const less = estimateRehearsal(home, asked, { memoryBytes: 599 * MIB })
    expect(less.stages[0]!.fit).toMatchObject({ kind: 'memory', exceeded: true })
    expect(less).toMatchObject({ fits: false, largestFitting: null })
  })

  test('does not start what would not fit', async () => {
    newHome()
    const started: number[] = []
    const watched: JobHost = {
      run: (spec, input, options) => {
        started.push((input as { stage: number }).stage)
        return jobs.run(spec, input, options)
      },
    }
    const reckoned = estimateRehearsal(home, question)
    const memoryBytes = reckoned.stages[1]!.memoryBytes * 0.98
    const rehearsal = await rehearse(home, watched, question, { room: { memoryBytes } })
    expect(started).toContain(0)
    expect(started).not.toContain(2)
    expect(rehearsal.fits).toBe(false)
    expect(rehearsal.stages[2]!.fit.kind).toBe('memory')
  })

  test('is cancelled within a second and leaves nothing running', async () => {
    newHome()
    for (const delay of [0, 700, 1500]) {
      const abort = new AbortController()
      let at = 0
      const ending = rehearse(home, jobs, question, {
        again: true,
        signal: abort.signal,
        onProgress: ({ measuring }) => {
          if (measuring !== 0) return
          setTimeout(() => {
            at = performance.now()
            abort.abort(new Error('Enough.'))
          }, delay)
        },
      })
      await expect(ending).rejects.toThrow('Enough.')
      expect(performance.now() - at).toBeLessThan(5000)
      expect(children()).toEqual([])
    }
  })
})
