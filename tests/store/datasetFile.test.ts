import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import type { PrepareOptions } from '../../shared/domain/dataset'
import type { Resolution } from '../../shared/domain/resolution'
import { createDatabase } from '../../main/store/database'
import { DatasetFile } from '../../main/store/datasetFile'
import { DATASET_FILE } from '../../main/store/fileKinds'
import { pack, unpack } from '../../main/store/packing'
import { temporaryHome } from './home'

const home = temporaryHome()
afterAll(home.remove)

function create(id: string, channels: 1 | 3 | 4, finalResolution: Resolution): DatasetFile {
  const options: PrepareOptions = {
    source: { kind: 'folder', path: '/pictures' },
    crop: 'pad',
    channels,
    finalResolution,
  }
  return DatasetFile.create(home.datasetFile(id), { id, name: 'pictures', options })
}

/** Pixels that differ between pictures and places. */
function pixels(resolution: number, channels: number, seed: number): Uint8Array {
  return Uint8Array.from(
    { length: resolution ** 2 * channels },
    (_, i) => (i * i + 31 * seed) % 251,
  )
}

test('pictures are counted once committed, and done ones are known when work goes on', () => {
  const dataset = create('resume', 1, 4)
  dataset.addPicture({ path: 'a', levels: new Map([[4, pixels(4, 1, 0)]]) })
  dataset.skip('b', 'no picture')
  // Not flushed: another reader, or we after a crash, sees nothing of it.
  const other = DatasetFile.open(home.datasetFile('resume'))
  expect(other.isDone('a')).toBe(false)
  dataset.close()
  expect(['a', 'b', 'c'].map((path) => other.isDone(path))).toEqual([true, true, false])
  expect(other.summary()).toMatchObject({ pictures: 1, skipped: 1, state: 'preparing' })
  other.close()
  const again = DatasetFile.openForWriting(home.datasetFile('resume'))
  again.forgetSkipped()
  expect(again.isDone('b')).toBe(false)
  again.addPicture({ path: 'b', levels: new Map([[4, pixels(4, 1, 1)]]) })
  again.markReady()
  expect(again.summary()).toMatchObject({ pictures: 2, skipped: 0, state: 'ready' })
  const level = again.openLevel(4)
  const into = new Uint8Array(32)
  level.read(Uint32Array.of(1, 0), into)
  expect(into).toEqual(Uint8Array.from([...pixels(4, 1, 1), ...pixels(4, 1, 0)]))
  again.close()
})

test('a picture that cannot be added leaves nothing of itself behind', () => {
  const dataset = create('half', 1, 4)
  dataset.addPicture({ path: 'a', levels: new Map([[4, pixels(4, 1, 0)]]) })
  dataset.flush()
  expect(() => dataset.addPicture({ path: 'a', levels: new Map() })).toThrow(/UNIQUE/)
  dataset.addPicture({ path: 'b', levels: new Map([[4, pixels(4, 1, 1)]]) })
  dataset.flush()
  const into = new Uint8Array(16)
  dataset.openLevel(4).read(Uint32Array.of(1), into)
  expect(into).toEqual(pixels(4, 1, 1))
  dataset.close()
})

test('classes keep their numbers, and pictures get theirs when they are added or later', () => {
  const dataset = create('classes', 1, 4)
  const add = (path: string, className?: string) =>
    dataset.addPicture({
      path,
      levels: new Map([[4, pixels(4, 1, 0)]]),
      ...(className && { className }),
    })
  dataset.addClasses(['b', 'c'])
  add('b/1', 'b')
  add('1')
  add('a/1')
  dataset.addClasses(['a', 'b', 'c'])
  add('c/1', 'c')
  dataset.classify((path) => (path === 'a/1' ? 'a' : null))
  expect([...dataset.labels()]).toEqual([0, -1, 2, 1])
  expect(dataset.summary().classes).toEqual([
    { name: 'b', pictures: 1 },
    { name: 'c', pictures: 1 },
    { name: 'a', pictures: 1 },
  ])
  dataset.close()
})

test('a dataset of format 1 gets its classes from the paths of its pictures', () => {
  const path = home.datasetFile('format-1')
  createDatabase(
    path,
    { ...DATASET_FILE, migrations: DATASET_FILE.migrations.slice(0, 1) },
    (db) => {
      const options = {
        source: { kind: 'folder', path: '/pictures' },
        crop: 'pad',
        channels: 1,
        finalResolution: 4,
      }
      db.prepare(`INSERT INTO dataset VALUES (1, 'format-1', 'old', ?, 'ready', 1)`).run(
        JSON.stringify(options),
      )
      const paths = ['dogs/1.png', 'alone.png', 'cats/old/2.png', 'dogs/3.png', '/odd.png']
      for (const [i, name] of paths.entries()) {
        db.prepare('INSERT INTO pictures VALUES (?, ?)').run(i, name)
        db.prepare('INSERT INTO pixels VALUES ((CAST(4 AS INTEGER) << 32) + ?, ?)').run(
          i,
          pixels(4, 1, i),
        )
      }
    },
  ).close()
  const dataset = DatasetFile.open(path)
  expect(dataset.summary()).toMatchObject({
    pictures: 5,
    classes: [
      { name: 'cats', pictures: 1 },
      { name: 'dogs', pictures: 2 },
    ],
  })
  expect([...dataset.labels()]).toEqual([1, -1, 0, 1, -1])
  const into = new Uint8Array(16)
  dataset.openLevel(4).read(Uint32Array.of(3), into)
  expect(into).toEqual(pixels(4, 1, 3))
  dataset.close()
})

describe('a level', () => {
  test.each([
    ['held in memory', 8, 3, 5 * 192],
    ['packed, held in memory', 128, 1, undefined],
    ['too large for memory', 8, 4, 5 * 256 - 1],
    ['packed, too large for memory', 128, 3, 0],
  ] as const)('%s reads any pictures in any order', (name, resolution, channels, memoryBytes) => {
    const dataset = create(name.replace(/\W+/g, '-'), channels, resolution)
    for (let i = 0; i < 5; i++) {
      dataset.addPicture({
        path: `${i}`,
        levels: new Map([[resolution, pixels(resolution, channels, i)]]),
      })
    }
    dataset.flush()
    const level = dataset.openLevel(resolution, memoryBytes)
    expect(level).toMatchObject({ count: 5, resolution, channels })
    const size = resolution ** 2 * channels
    const into = new Uint8Array(3 * size)
    level.read(Uint32Array.of(4, 0, 4), into)
    for (const [i, picture] of [4, 0, 4].entries()) {
      expect(
        Buffer.compare(
          into.subarray(i * size, (i + 1) * size),
          pixels(resolution, channels, picture),
        ),
      ).toBe(0)
    }
    expect(() => level.read(Uint32Array.of(5), into.subarray(0, size))).toThrow(
      'no picture 5 among 5',
    )
    expect(() => level.read(Uint32Array.of(1), into)).toThrow(RangeError)
    expect(() => dataset.openLevel(1024)).toThrow(`prepared up to ${resolution} px`)
    dataset.close()
  })
})

test('packing gives back every byte', () => {
  const side = 128
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 500 }),
      fc.constantFrom(1, 3, 4),
      (bytes, channels) => {
        const picture = Uint8Array.from(
          { length: side * side * channels },
          (_, i) => bytes[i % bytes.length]!,
        )
        const into = new Uint8Array(picture.length)
        unpack(pack(picture, side, channels), side, channels, into)
        expect(Buffer.compare(into, picture)).toBe(0)
      },
    ),
    { numRuns: 20 },
  )
})
