import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Catalog } from '../../main/store/catalog'
import { DatasetFile } from '../../main/store/datasetFile'
import { openHome } from '../../main/store/home'
import { RunFile } from '../../main/store/runFile'
import { linesOf, sprout, temporaryHome } from '../cli/sprout'
import { drawPictures } from './drawPictures'
import { killed, type KillMoment } from './kills'
import { killTrainings } from './killedTraining'

const TIMEOUT_MS = 240_000
const home = temporaryHome()
const where = ['--home', home.folder, '--json']
afterAll(home.remove)

test(
  'a training that is killed at any moment goes on from its last checkpoint, to the same bits',
  { timeout: TIMEOUT_MS },
  async () => {
    const own = temporaryHome()
    const count = await killTrainings(own.folder, 12, 2026)
    expect(count.kills).toBe(12)
    own.remove()
  },
)

describe('what is killed while it is being made', () => {
  let runId = ''
  beforeAll(async () => {
    const data = join(home.folder, 'few')
    await drawPictures(data, 32)
    const some = ['--preset', 'tiny', '--to', '8', '--stable-images', '64', '--fade-images', '64']
    const result = await sprout('train', '--data', data, ...some, ...where)
    expect(result.stderr).toBe('')
    runId = linesOf(result).at(-1)!.runId as string
  }, TIMEOUT_MS)

  const EXPORTS: readonly (readonly [string, string, KillMoment])[] = [
    ['html', 'gallery.html', { at: 'rename .*gallery', nth: 1, when: 'before' }],
    ['walk', 'walk.webp', { at: 'rename .*walk', nth: 1, when: 'before' }],
    ['pictures', 'pictures', { at: 'rename .*pictures', nth: 1, when: 'before' }],
  ]

  test.each(EXPORTS)(
    'an export of kind %s is not there, and comes whole the next time',
    { timeout: TIMEOUT_MS },
    async (kind, name, moment) => {
      const out = join(home.folder, name)
      const args = ['export', runId, kind, '--out', out, '--count', '12', ...where]
      const end = await killed(args, moment)
      expect(end.killed).toBe(true)
      expect(existsSync(out)).toBe(false)
      // What is left, if anything, says that it is a part.
      const left = readdirSync(home.folder).filter((each) => each.startsWith(name))
      for (const each of left) expect(each).toMatch(/\.part$/)
      expect((await sprout(...args)).code).toBe(0)
      expect(existsSync(out)).toBe(true)
      expect(readdirSync(home.folder).filter((each) => each.endsWith('.part'))).toEqual([])
    },
  )

  test(
    'a copy, an import and a branch of a run are there whole or not at all',
    { timeout: TIMEOUT_MS },
    async () => {
      const copy = join(home.folder, 'copy.sprout')
      const before = runsIn(home.folder)
      const half = await killed(['export-run', runId, copy, ...where], {
        at: 'rename .*copy',
        nth: 1,
        when: 'before',
      })
      expect(half.killed).toBe(true)
      expect(existsSync(copy)).toBe(false)
      expect((await sprout('export-run', runId, copy, ...where)).code).toBe(0)
      expect(readdirSync(home.folder).filter((each) => each.endsWith('.part'))).toEqual([])

      for (const [args, at] of [
        [['import', copy], 'rename .*runs'],
        [['import', copy], `SET id = .*, state`],
        [['branch', runId, '--from', '64'], 'INSERT INTO tensors'],
        [['branch', runId, '--from', '64'], 'rename .*runs'],
      ] as const) {
        const end = await killed([...args, ...where], { at, nth: 1, when: 'before' })
        expect(end.killed, `${at} ${end.stdout} ${end.stderr}`).toBe(true)
        expect(runsIn(home.folder)).toEqual(before)
      }
      expect((await sprout('import', copy, ...where)).code).toBe(0)
      expect((await sprout('branch', runId, '--from', '64', ...where)).code).toBe(0)
      expect(runsIn(home.folder)).toHaveLength(before.length + 2)
    },
  )

  test(
    'an upgrade of an older file is done or not begun, and is done the next time',
    { timeout: TIMEOUT_MS },
    async () => {
      const old = temporaryHome()
      const file = openHome(old.folder).runFile('run-format-1')
      const stored = resolve('tests/store/files/run-format-1.sqlite')
      for (const at of ['ADD COLUMN pinned', 'CREATE TABLE favourites', 'trained_ms', '^COMMIT']) {
        for (const when of ['before', 'after'] as const) {
          mkdirSync(join(old.folder, 'runs'), { recursive: true })
          copyFileSync(stored, file)
          const end = await killed(['show', 'run-format-1', '--home', old.folder], {
            at,
            nth: 1,
            when,
          })
          expect(end.killed, `${at} ${when}`).toBe(true)
          const run = RunFile.openForReading(file)
          expect(run.verify()).toMatchObject({ fileIntact: true, checkpoints: [{ problems: [] }] })
          expect(run.eventsAfter(0, 10)).toHaveLength(4)
          run.close()
        }
      }
      old.remove()
    },
  )
})

describe('a preparation that is killed', () => {
  const PICTURES = 600
  const pictures = join(home.folder, 'drawn')
  beforeAll(async () => {
    await drawPictures(pictures, PICTURES)
  }, TIMEOUT_MS)

  test.each([
    ['INSERT INTO pixels', 300],
    ['^COMMIT', 2],
    ['rename .*datasets', 1],
    [`SET state = 'ready'`, 1],
  ])('at %s goes on to the same dataset', { timeout: TIMEOUT_MS }, async (at, nth) => {
    const [one, other] = [temporaryHome(), temporaryHome()]
    const args = ['data', 'add', pictures, '--to', '8', '--json']
    const end = await killed([...args, '--home', one.folder], { at, nth, when: 'before' })
    expect(end.stderr).toBe('')
    expect(end.killed).toBe(true)
    for (const { folder } of [one, other]) {
      const result = await sprout(...args, '--home', folder)
      expect(result.stderr).toBe('')
    }
    expect(contentsOf(one.folder)).toEqual(contentsOf(other.folder))
    expect(contentsOf(one.folder)).toMatchObject({ state: 'ready', pictures: PICTURES })
    one.remove()
    other.remove()
  })
})

function runsIn(folder: string): string[] {
  const catalog = Catalog.open(openHome(folder))
  try {
    expect(catalog.problems()).toEqual([])
    return catalog.listRuns().map(({ id }) => id)
  } finally {
    catalog.close()
  }
}

/** What a dataset holds: its pictures in order, and every pixel of its largest level. */
function contentsOf(folder: string): object {
  const { datasetsFolder } = openHome(folder)
  const name = readdirSync(datasetsFolder).find((each) => each.endsWith('.sqlite'))!
  const dataset = DatasetFile.open(join(datasetsFolder, name))
  try {
    const { state, pictures, skipped, options } = dataset.summary()
    const level = dataset.openLevel(8)
    const pixels = new Uint8Array(pictures * 8 * 8 * options.channels)
    level.read(
      Uint32Array.from({ length: pictures }, (_, i) => i),
      pixels,
    )
    const paths = Array.from({ length: pictures }, (_, i) => dataset.pathOf(i))
    const digest = createHash('sha256').update(pixels).digest('hex')
    return { state, pictures, skipped, paths, digest }
  } finally {
    dataset.close()
  }
}
