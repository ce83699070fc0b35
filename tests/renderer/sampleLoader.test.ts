import { expect, test } from 'vitest'
import type { LatentPoint } from '../../shared/domain/sample'
import { SampleLoader, type DrawPoints } from '../../renderer/state/sampleLoader.svelte'

const point = (seed: number): LatentPoint => ({ kind: 'sample', seed, className: null })
const source = { runId: 'run', checkpointId: 1, truncation: 1 }

/** A library that answers when it is told to; each picture is one grey pixel. */
class SlowLibrary {
  readonly asked: { seeds: number[]; checkpointId: number }[] = []
  #waiting: (() => void)[] = []
  failure: string | null = null

  readonly draw: DrawPoints = async ({ points, checkpointId }) => {
    const seeds = points.map((each) => (each.kind === 'sample' ? each.seed : -1))
    this.asked.push({ seeds, checkpointId })
    await new Promise<void>((resolve) => this.#waiting.push(resolve))
    if (this.failure !== null) throw new Error(this.failure)
    const level = 100 * checkpointId
    return { resolution: 4, channels: 1, pixels: Uint8Array.from(seeds, (seed) => level + seed) }
  }

  async answer(): Promise<void> {
    await turn()
    this.#waiting.shift()?.()
    await turn()
  }
}

const turn = () => new Promise((resolve) => setTimeout(resolve))
const level = (loader: SampleLoader, seed: number) => loader.picture(point(seed))?.pixels[0] ?? null

test('what is wanted last is asked for next, and what nobody wants any more is never asked for', async () => {
  const library = new SlowLibrary()
  const loader = new SampleLoader(library.draw)
  loader.setSource(source)
  loader.want(
    'grid',
    Array.from({ length: 30 }, (_, i) => point(i)),
  )
  await turn()
  loader.want('grid', [point(70), point(71)])
  loader.want('detail', [point(99)])
  await library.answer()
  await library.answer()
  await library.answer()
  expect(library.asked.map(({ seeds }) => seeds)).toEqual([
    [0, 1, 2, 3, 4, 5, 6, 7],
    [99],
    [70, 71],
  ])
  expect([level(loader, 0), level(loader, 99), level(loader, 20)]).toEqual([100, 199, null])
})

test('pictures of the source before are shown until the new ones are here', async () => {
  const library = new SlowLibrary()
  const loader = new SampleLoader(library.draw)
  loader.setSource(source)
  loader.want('grid', [point(1)])
  await library.answer()
  loader.setSource({ ...source, checkpointId: 2 })
  expect([level(loader, 1), loader.isFresh(point(1))]).toEqual([101, false])
  await library.answer()
  expect([level(loader, 1), loader.isFresh(point(1))]).toEqual([201, true])
})

test('what has no picture yet comes before what has an old one', async () => {
  const library = new SlowLibrary()
  const loader = new SampleLoader(library.draw)
  loader.setSource(source)
  loader.want('grid', [point(1), point(2)])
  await library.answer()
  loader.setSource({ ...source, checkpointId: 2 })
  loader.want(
    'grid',
    Array.from({ length: 10 }, (_, i) => point(i)),
  )
  await library.answer()
  await library.answer()
  expect(library.asked.slice(1).map(({ seeds }) => seeds)).toEqual([
    [0, 3, 4, 5, 6, 7, 8, 9],
    [1, 2],
  ])
})

test('an answer for a source that was left is not shown', async () => {
  const library = new SlowLibrary()
  const loader = new SampleLoader(library.draw)
  loader.setSource(source)
  loader.want('grid', [point(1)])
  await turn()
  loader.setSource({ ...source, checkpointId: 2 })
  await library.answer()
  expect(level(loader, 1)).toBeNull()
  await library.answer()
  expect(level(loader, 1)).toBe(201)
})

test('a failure is told and stops the asking until there is a source again', async () => {
  const library = new SlowLibrary()
  const loader = new SampleLoader(library.draw)
  loader.setSource(source)
  library.failure = 'No such checkpoint'
  loader.want('grid', [point(1)])
  await library.answer()
  expect(loader.error).toBe('No such checkpoint')
  loader.want('grid', [point(2)])
  await turn()
  expect(library.asked).toHaveLength(1)
  library.failure = null
  loader.setSource(source)
  await library.answer()
  expect([loader.error, level(loader, 2)]).toEqual([null, 102])
})
