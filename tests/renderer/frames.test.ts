import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FrameCache, type Picture } from '../../renderer/state/frameCache'
import { FrameLoader } from '../../renderer/state/frameLoader'
import { nearestImages, nearestIndex, wantedAround } from '../../renderer/state/frameOrder'
import { stepKeys } from '../../renderer/state/stepKeys'

class Square implements Picture {
  closed = false
  readonly width: number
  readonly height: number

  constructor(side: number) {
    this.width = side
    this.height = side
  }

  close(): void {
    expect(this.closed, 'closed once').toBe(false)
    this.closed = true
  }
}

describe('the cache of pictures', () => {
  test('lets go of what was not looked at for longest, but never of what is held', () => {
    const cache = new FrameCache<Square>(300)
    const pictures = [0, 1, 2, 3].map(() => new Square(10))
    cache.put(0, pictures[0]!)
    cache.hold(0)
    cache.put(1, pictures[1]!)
    cache.put(2, pictures[2]!)
    cache.get(1)
    cache.put(3, pictures[3]!)
    expect([0, 1, 2, 3].map((key) => cache.has(key))).toEqual([true, true, false, true])
    expect(pictures.map(({ closed }) => closed)).toEqual([false, false, true, false])
  })

  test('never has more pixels than it may, the newest and the held aside, and closes all', () => {
    const puts = fc.array(fc.tuple(fc.nat(8), fc.integer({ min: 1, max: 20 })), { maxLength: 60 })
    fc.assert(
      fc.property(puts, (story) => {
        const cache = new FrameCache<Square>(500)
        const all: Square[] = []
        for (const [key, side] of story) {
          const picture = new Square(side)
          all.push(picture)
          cache.put(key, picture)
          expect(cache.get(key)).toBe(picture)
          const open = all.filter(({ closed }) => !closed)
          expect(cache.pixels).toBe(open.reduce((sum, { width }) => sum + width * width, 0))
          expect(cache.pixels).toBeLessThanOrEqual(Math.max(500, side * side))
        }
        cache.clear()
        expect(all.every(({ closed }) => closed)).toBe(true)
        expect(cache.pixels).toBe(0)
      }),
    )
  })
})

describe('the loader of pictures', () => {
  type Question = { keys: readonly number[]; answer: (gone?: number[]) => void; fail: () => void }

  function loader(page = 3, atOnce = 2) {
    const questions: Question[] = []
    const errors: unknown[] = []
    const cache = new FrameCache<Square>(1e6)
    const made = new FrameLoader<Square>({
      cache,
      page,
      atOnce,
      onload: () => {},
      onerror: (error) => errors.push(error),
      fetch: (keys) =>
        new Promise((resolve, reject) =>
          questions.push({
            keys,
            answer: (gone = []) =>
              resolve(
                new Map(
                  keys
                    .filter((key) => !gone.includes(key))
                    .map((key) => [key, new Square(1)] as const),
                ),
              ),
            fail: () => reject(new Error('no library')),
          }),
        ),
    })
    return { made, cache, questions, errors }
  }
  const turn = () => new Promise((resolve) => setTimeout(resolve))

  test('asks in pages, few at once, most wanted first, and for nothing twice', async () => {
    const { made, cache, questions } = loader()
    made.want([5, 4, 6, 3, 7, 2, 8, 1])
    expect(questions.map(({ keys }) => keys)).toEqual([
      [5, 4, 6],
      [3, 7, 2],
    ])
    questions[0]!.answer()
    await turn()
    expect(questions[2]!.keys).toEqual([8, 1])
    questions[1]!.answer()
    questions[2]!.answer()
    await turn()
    expect([1, 2, 3, 4, 5, 6, 7, 8].every((key) => cache.has(key))).toBe(true)
    made.want([5, 4, 6])
    expect(questions).toHaveLength(3)
  })

  test('drops what is no longer wanted, and what is gone', async () => {
    const { made, cache, questions } = loader(2, 1)
    made.want([1, 2, 3, 4])
    made.want([9, 2])
    questions[0]!.answer([2])
    await turn()
    expect(questions.map(({ keys }) => keys)).toEqual([[1, 2], [9]])
    expect(made.isMissing(2)).toBe(true)
    questions[1]!.answer()
    await turn()
    expect(questions).toHaveLength(2)
    expect([cache.has(1), cache.has(9)]).toEqual([true, true])
  })

  test('tells of a failure once, and asks again only when asked', async () => {
    const { made, questions, errors } = loader(2, 1)
    made.want([1, 2, 3])
    questions[0]!.fail()
    await turn()
    expect([errors.length, questions.length]).toEqual([1, 1])
    made.want([1])
    expect(questions[1]!.keys).toEqual([1])
  })

  test('lets go of what comes after it was closed', async () => {
    const { made, cache, questions } = loader(2, 1)
    made.want([1, 2, 3])
    made.close()
    questions[0]!.answer()
    await turn()
    expect([cache.pixels, questions.length]).toEqual([0, 1])
  })
})

describe('what is wanted', () => {
  test('begins where one looks, goes on in the direction, and covers the whole thinly', () => {
    const wanted = wantedAround(100, 2000, -1)
    expect(wanted.slice(0, 5)).toEqual([100, 99, 101, 98, 102])
    expect(new Set(wanted).size).toBe(wanted.length)
    for (const at of [0, 52, 116, 1999]) expect(wanted).toContain(at)
    expect(wanted.length).toBeLessThan(140)
    expect(wantedAround(0, 1, 1)).toEqual([0])
  })

  test('the nearest is found on either side', () => {
    const has = (index: number) => index === 3 || index === 8
    expect([0, 5, 6, 20].map((at) => nearestIndex(at, 21, has))).toEqual([3, 3, 8, 8])
    expect(nearestIndex(0, 5, () => false)).toBeNull()
    const entries = [0, 100, 250].map((imagesSeen) => ({ imagesSeen }))
    expect([0, 60, 180, 999].map((images) => nearestImages(entries, images))).toEqual([0, 1, 2, 2])
    expect(nearestImages([], 5)).toBeNull()
  })

  test('keys lead as on any slider', () => {
    expect(
      ['ArrowLeft', 'ArrowUp', 'PageUp', 'PageDown', 'Home', 'End', 'a'].map((key) =>
        stepKeys(key, 3, 12),
      ),
    ).toEqual([2, 4, 11, 0, 0, 11, null])
  })
})
