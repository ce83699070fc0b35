import Database from 'better-sqlite3'
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, cpSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { datasetId, prepareDataset } from '../../main/pictures/prepare'
import { Catalog } from '../../main/store/catalog'
import { DatasetFile } from '../../main/store/datasetFile'
import { openHome, type Home } from '../../main/store/home'
import { RunFile } from '../../main/store/runFile'
import type { StorageTrouble } from '../../shared/domain/storageTrouble'
import { sprout, temporaryHome } from '../cli/sprout'
import { finalBits } from '../trainer/sameBits'
import { drawPictures } from './drawPictures'
import { smallDisk } from './smallDisk'
import { makeTinyRun, trainTiny } from './tinyTraining'

const TIMEOUT_MS = 120_000
const base = temporaryHome()
afterAll(base.remove)

let runId = ''
let bits: ReturnType<typeof finalBits>
beforeAll(async () => {
  const home = openHome(join(base.folder, 'first'))
  runId = makeTinyRun(home)
  // As it was before it was trained.
  cpSync(home.folder, join(base.folder, 'untrained'), { recursive: true })
  expect(await trainTiny(home, runId)).toBe('finished')
  // Kernels that are timed anew may be others, which round otherwise.
  cpSync(join(home.folder, 'kernels.json'), join(base.folder, 'untrained', 'kernels.json'))
  bits = finalBits(home.runFile(runId))
}, TIMEOUT_MS)

/** A home with the run as it was before it was trained. */
function copiedHome(folder: string): Home {
  cpSync(join(base.folder, 'untrained'), folder, { recursive: true })
  return openHome(folder)
}

/**
 * Trains the run; `cause` brings trouble at a tick, `mend` ends it once training tells of it. Answers what it told.
 */
async function trainThrough(
  home: Home,
  at: number,
  cause: () => void,
  mend: (trouble: StorageTrouble) => void,
): Promise<StorageTrouble[]> {
  const troubles: StorageTrouble[] = []
  let caused = false
  const ending = await trainTiny(home, runId, ({ journal, writes, control }) => {
    journal.observe(({ body }) => {
      if (caused || body.kind !== 'tick' || body.imagesSeen < at) return
      caused = true
      cause()
      control.wantCheckpoint()
    })
    writes.observe((trouble) => {
      if (trouble === null) return
      troubles.push(trouble)
      // Later, as a person would: training has to wait for it.
      setTimeout(() => {
        mend(trouble)
        control.resume()
      }, 50)
    })
  })
  expect(ending).toBe('finished')
  return troubles
}

function expectWhole(home: Home): void {
  expect(finalBits(home.runFile(runId))).toEqual(bits)
  const run = RunFile.openForReading(home.runFile(runId))
  const { fileIntact, checkpoints } = run.verify()
  expect(fileIntact).toBe(true)
  expect(checkpoints.flatMap(({ problems }) => problems)).toEqual([])
  run.close()
}

const disk = smallDisk(24)
afterAll(() => disk?.remove())

describe.skipIf(disk === null)('a full disk', { timeout: TIMEOUT_MS }, () => {
  test.each([0, 16_384, 200_000])(
    'with %i bytes left lets training wait, and go on to the same bits once there is room',
    async (left) => {
      const home = copiedHome(join(disk!.folder, `left-${left}`))
      const troubles = await trainThrough(
        home,
        160,
        () => disk!.fill(left),
        () => {
          // The rest of the library is there all the while.
          const full = Catalog.open(openHome(home.folder))
          expect(full.listRuns().map(({ id }) => id)).toEqual([runId])
          full.close()
          disk!.makeRoom()
        },
      )
      expect(troubles.map(({ kind }) => kind)).toEqual(['full'])
      expect(troubles[0]!.message).toMatch(/^Disk full: \d+ MB free in .*could not be stored/)
      expect(troubles[0]!.message).toContain(home.runsFolder)
      expectWhole(home)
      const catalog = Catalog.open(home)
      expect(catalog.listRuns()).toMatchObject([{ id: runId, state: 'finished' }])
      catalog.close()
    },
  )

  test('that stays full ends a training that is stopped; it goes on from its last checkpoint', async () => {
    const home = copiedHome(join(disk!.folder, 'stopped'))
    let stopped = false
    const ending = trainTiny(home, runId, ({ journal, writes, control }) => {
      journal.observe(({ body }) => {
        if (stopped || body.kind !== 'checkpoint') return
        stopped = true
        disk!.fill()
      })
      writes.observe((trouble) => trouble !== null && setTimeout(() => control.stop(), 20))
    })
    await expect(ending).rejects.toThrow(/Disk full/)
    disk!.makeRoom()
    expect(await trainTiny(home, runId)).toBe('finished')
    expectWhole(home)
  })

  test('at every single write lets training wait each time, as a stage begins from the best weights too', async () => {
    const home = openHome(join(disk!.folder, 'always'))
    const best = makeTinyRun(home, { stageStart: 'best', qualitySamples: 32 })
    const other = new Database(home.runFile(best))
    const told: string[] = []
    const spoil = other.prepare(
      `UPDATE tensors SET data = zeroblob(length(data))
       WHERE checkpoint_id IN (SELECT id FROM checkpoints WHERE candidate = 1)`,
    )
    const ending = await trainTiny(home, best, ({ journal, writes, control, config }) => {
      journal.observe(({ body }) => {
        told.push(body.kind)
        // What the next stage would begin from, as it is about to be read.
        if (body.kind === 'quality' && body.imagesSeen === config.stages[0]!.stableImages) {
          disk!.makeRoom()
          spoil.run()
        }
        // No room in the log either.
        other.pragma('wal_checkpoint(TRUNCATE)')
        disk!.fill()
      })
      writes.observe((trouble) => {
        if (trouble === null) return
        told.push(trouble.kind)
        setTimeout(() => {
          disk!.makeRoom()
          control.resume()
        }, 5)
      })
    })
    disk!.makeRoom()
    other.close()
    expect(ending).toBe('finished')
    const events = told.filter((kind) => kind !== 'full')
    // All but the first had to wait.
    expect(told).toEqual(events.flatMap((kind, i) => (i === 0 ? [kind] : ['full', kind])))
    expect(new Set(events)).toEqual(
      new Set(['kernels', 'state', 'stage', 'mosaic', 'tick', 'checkpoint', 'quality', 'error']),
    )
  })

  test('leaves no room for a run that was deleted: training waits, and writes it anew once there is', async () => {
    const home = copiedHome(join(disk!.folder, 'deleted'))
    const troubles = await trainThrough(
      home,
      160,
      () => {
        for (const suffix of ['', '-wal', '-shm']) rmSync(home.runFile(runId) + suffix)
        disk!.fill()
      },
      () => disk!.makeRoom(),
    )
    expect(troubles.map(({ kind }) => kind)).toEqual(['full'])
    expect(troubles[0]!.message).toContain('what was in the deleted file of')
    expectWhole(home)
  })

  test('stops a preparation in one line; it goes on from there once there is room', async () => {
    const home = openHome(join(disk!.folder, 'prepared'))
    const path = join(base.folder, 'pictures')
    await drawPictures(path, 600)
    const source = { kind: 'folder', path } as const
    const options = { source, crop: 'centre', channels: 3, finalResolution: 16 } as const
    let full = false
    const preparing = prepareDataset(home, options, {
      onProgress: ({ done }) => {
        if (full || done < 280) return
        full = true
        disk!.fill(8192)
      },
    })
    await expect(preparing).rejects.toThrow(/^Disk full: .*could not be stored/)
    disk!.makeRoom()
    const file = home.datasetFile(datasetId(options))
    const partly = DatasetFile.open(file)
    const { pictures, state } = partly.summary()
    partly.close()
    expect(pictures).toBeGreaterThan(0)
    expect(state).toBe('preparing')
    const summary = await prepareDataset(home, options)
    expect(summary).toMatchObject({ pictures: 600, skipped: 0, state: 'ready' })
  })

  test('makes no half of a run', async () => {
    const home = copiedHome(join(disk!.folder, 'created'))
    disk!.fill(4096)
    expect(() => makeTinyRun(home)).toThrow(/Disk full/)
    disk!.makeRoom()
    const catalog = Catalog.open(home)
    expect(catalog.listRuns()).toHaveLength(1)
    expect(catalog.problems()).toEqual([])
    catalog.close()
    expect(readdirSync(home.runsFolder).filter((name) => name.includes('.new'))).toEqual([])
  })

  test('is one line and exit code 1 for the command line, and leaves no half of anything', async () => {
    const home = copiedHome(join(disk!.folder, 'cli'))
    const where = ['--home', home.folder]
    disk!.fill()
    const runs = await sprout('runs', ...where)
    expect(runs.stdout).toContain(runId)
    const copied = await sprout('export-run', runId, join(disk!.folder, 'copy.sprout'), ...where)
    expect(copied.code).toBe(1)
    expect(copied.stderr.trim().split('\n')).toHaveLength(1)
    expect(copied.stderr).toMatch(/Disk full|copy\.sprout/)
    expect(copied.stderr).toContain(disk!.folder)
    disk!.makeRoom()
    expect(execFileSync('find', [disk!.folder, '-name', '*.part']).toString()).toBe('')
  })
})

describe('a run file', { timeout: TIMEOUT_MS }, () => {
  test('that is moved away while it is trained is missed, and written on once it is back', async () => {
    const home = copiedHome(join(base.folder, 'moved'))
    const file = home.runFile(runId)
    const away = join(base.folder, 'away.sqlite')
    const troubles = await trainThrough(
      home,
      160,
      () => renameSync(file, away),
      () => renameSync(away, file),
    )
    expect(troubles.map(({ kind }) => kind)).toEqual(['gone'])
    expect(troubles[0]!.message).toContain(`${file} was moved, deleted or replaced`)
    expectWhole(home)
  })

  test.each([
    ['alone', (file: string) => rmSync(file)],
    ['with its log and lock', (file: string) => execFileSync('rm', ['-r', dirname(file)])],
    ['by putting another in its place', (file: string) => renameOver(file)],
  ])('that is deleted %s while it is trained is written anew', async (how, remove) => {
    const home = copiedHome(join(base.folder, how))
    const file = home.runFile(runId)
    const troubles = await trainThrough(
      home,
      160,
      () => remove(file),
      () => expect.unreachable(),
    )
    expect(troubles).toEqual([])
    expectWhole(home)
    const run = RunFile.openForReading(file)
    const errors = run.eventsAfter(0, 10_000).filter(({ body }) => body.kind === 'error')
    run.close()
    expect(errors).toHaveLength(1)
    expect(errors[0]!.body).toMatchObject({ message: expect.stringContaining('written anew') })
    const catalog = Catalog.open(home)
    expect(catalog.listRuns()).toMatchObject([{ id: runId, state: 'finished' }])
    expect(catalog.problems()).toEqual([])
    catalog.close()
  })

  test('that another program locks is waited for', async () => {
    const home = copiedHome(join(base.folder, 'locked'))
    const other = new Database(home.runFile(runId))
    const troubles = await trainThrough(
      home,
      160,
      () => other.exec('BEGIN IMMEDIATE'),
      () => other.inTransaction && other.exec('ROLLBACK'),
    )
    other.close()
    expect([...new Set(troubles.map(({ kind }) => kind))]).toEqual(['locked'])
    expect(troubles[0]!.message).toContain('is locked by another program')
    expectWhole(home)
  })
})

/** What a program does that puts an older copy in a file's place. */
function renameOver(file: string): void {
  cpSync(file, `${file}.copy`)
  renameSync(`${file}.copy`, file)
}

const NOBODY = 65_534
const CLI = resolve('out/main/cli.cjs')

/** Runs the command line as a user who owns nothing. */
function asNobody(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], {
    uid: NOBODY,
    gid: NOBODY,
    encoding: 'utf8',
    env: { ...process.env, HOME: '/' },
  })
  return { status, stdout: stdout ?? '', stderr: stderr ?? '' }
}

function canBeNobody(): boolean {
  if (process.platform === 'linux' && process.getuid?.() === 0) {
    if (asNobody('--help').status === 0) return true
    console.log('Skipped: another user cannot start the program here.')
  } else console.log('Skipped: only root on Linux can become a user without permissions.')
  return false
}

describe.skipIf(!canBeNobody())('without permission', { timeout: TIMEOUT_MS }, () => {
  test('a home is refused by name, in one line', () => {
    const home = copiedHome(join(base.folder, 'denied'))
    chmodSync(base.folder, 0o755)
    const { status, stderr } = asNobody('runs', '--home', home.folder)
    expect(status).toBe(1)
    expect(stderr.trim().split('\n')).toHaveLength(1)
    expect(stderr).toContain(`cannot write to its folder ${home.folder}`)
  })

  test('a run file is a problem by name, and the others are listed', () => {
    const home = copiedHome(join(base.folder, 'mixed'))
    execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, home.folder])
    const secret = home.runFile('secret')
    cpSync(home.runFile(runId), secret)
    chownSync(secret, 0, 0)
    chmodSync(secret, 0o600)
    const { status, stdout } = asNobody('runs', '--home', home.folder)
    expect(status).toBe(0)
    expect(stdout).toContain(runId)
    expect(stdout.split('\n').filter((line) => line.includes(secret))).toHaveLength(1)
    const resumed = asNobody('resume', 'secret', '--home', home.folder)
    expect(resumed.status).toBe(1)
    expect(resumed.stderr.trim().split('\n')).toHaveLength(1)
    expect(resumed.stderr).toContain(secret)
  })
})

/** A second view of a folder in which nothing can be written; null, with the reason printed, where there is none. */
function readOnlyView(of: string, view: string): (() => void) | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    console.log('Skipped: only root on Linux can mount a folder read-only.')
    return null
  }
  mkdirSync(view, { recursive: true })
  try {
    execFileSync('mount', ['--bind', of, view], { stdio: 'pipe' })
    execFileSync('mount', ['-o', 'remount,bind,ro', view], { stdio: 'pipe' })
  } catch (error) {
    console.log(`Skipped: no folder can be mounted read-only: ${String(error).split('\n')[0]}`)
    return null
  }
  return () => void execFileSync('umount', ['-l', view])
}

test(
  'a read-only folder is told in one line, and nothing in it is touched',
  async (context) => {
    const home = copiedHome(join(base.folder, 'writable'))
    const view = join(base.folder, 'readonly')
    const unmount = readOnlyView(home.folder, view)
    if (unmount === null) return context.skip()
    try {
      for (const args of [['runs'], ['resume', runId], ['verify', runId]]) {
        const { code, stderr } = await sprout(...args, '--home', view)
        expect(code).toBe(1)
        expect(stderr.trim().split('\n')).toHaveLength(1)
        expect(stderr).toContain(view)
      }
      expect(() => RunFile.openForWriting(join(view, 'runs', `${runId}.sqlite`))).toThrow(view)
    } finally {
      unmount()
    }
  },
  TIMEOUT_MS,
)
