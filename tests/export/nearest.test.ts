import { afterAll, expect, test } from 'vitest'
import type { Resolution } from '../../shared/domain/resolution'
import { nearestPictures } from '../../main/export/nearest'
import { DatasetFile } from '../../main/store/datasetFile'
import { temporaryHome } from '../store/home'

const home = temporaryHome()
afterAll(() => home.remove())

/** 700 pictures of 64 px: picture n is of level n / 4, but for a bright left half in number 600. */
function dataset(): DatasetFile {
  const file = DatasetFile.create(home.datasetFile('near'), {
    id: 'near',
    name: 'Near',
    options: {
      source: { kind: 'folder', path: '/none' },
      crop: 'centre',
      channels: 1,
      finalResolution: 64,
    },
  })
  for (let number = 0; number < 700; number++) {
    const level = (size: number) =>
      Uint8Array.from({ length: size * size }, (_, i) =>
        number === 600 ? (i % size < size / 2 ? 250 : 10) : number / 4,
      )
    const levels = new Map<Resolution, Uint8Array>(
      ([4, 8, 16, 32, 64] as const).map((size) => [size, level(size)]),
    )
    file.addPicture({ path: `p/${number}.png`, levels })
  }
  file.markReady()
  return file
}

test('the nearest pictures come first, compared at 32 pixels, mirrored where that is asked', async () => {
  const file = dataset()
  const flat = {
    pixels: new Uint8Array(64 * 64).fill(100),
    width: 64,
    height: 64,
    channels: 1,
  } as const
  const options = { count: 5, mirror: false, pictures: null }
  const found = await nearestPictures(file, flat, options)
  expect(found).toMatchObject({ comparedAt: 32, count: 700, resolution: 64, channels: 1 })
  expect(found.pictures).toHaveLength(5)
  expect(found.pictures[0]).toMatchObject({ number: 400, path: 'p/400.png', distance: 0 })
  expect(found.pictures[0]!.pixels).toEqual(flat.pixels)
  expect(found.pictures.map(({ distance }) => distance)).toEqual([0, 0, 0, 0, 1])

  const right = {
    ...flat,
    pixels: Uint8Array.from({ length: 64 * 64 }, (_, i) => (i % 64 < 32 ? 10 : 250)),
  }
  const [turned] = (await nearestPictures(file, right, { ...options, mirror: true })).pictures
  expect(turned).toMatchObject({ number: 600, mirrored: true, distance: 0 })
  const [plain] = (await nearestPictures(file, right, options)).pictures
  expect(plain!.number).not.toBe(600)
  // Pictures that were added to the dataset later are none of the run's.
  const few = await nearestPictures(file, flat, { ...options, pictures: 300 })
  expect(few).toMatchObject({ count: 300 })
  expect(few.pictures[0]!.number).toBe(296)

  const abort = new AbortController()
  const search = nearestPictures(file, flat, { ...options, signal: abort.signal })
  abort.abort(new Error('Another search began.'))
  await expect(search).rejects.toThrow('Another search')
  file.close()
})
